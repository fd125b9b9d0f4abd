//! What is too large to be held: it comes bit by bit, and shows what it would show as a whole.

use crate::archives::{gzip, tar, zip};
use portcullis_inspect::decode::{Limits, Reason, is_packed, layers, layers_of_file, layers_of_stream};
use std::collections::BTreeSet;
use std::io::{self, Cursor, Read, Seek, SeekFrom};

/// What is shown, each text with what was undone, and what was skipped.
type Shown = (BTreeSet<(String, Vec<u8>)>, Vec<(String, Reason)>);

fn shown(
    look: impl FnOnce(&mut dyn FnMut(portcullis_inspect::decode::Layer<'_>)) -> Vec<portcullis_inspect::decode::Skipped>,
) -> Shown {
    let mut all = BTreeSet::new();
    let skipped = look(&mut |layer| {
        all.insert((layer.how(), layer.bytes().to_vec()));
    });
    (all, skipped.into_iter().map(|skipped| (skipped.what, skipped.why)).collect())
}

fn limits() -> Limits {
    Limits::of_large(1 << 20)
}

fn of_stream(bytes: &[u8]) -> Shown {
    shown(|visit| layers_of_stream(&mut &*bytes, bytes.len() as u64, &limits(), visit))
}

fn of_file(bytes: &[u8]) -> Shown {
    shown(|visit| layers_of_file(&mut Cursor::new(bytes), bytes.len() as u64, &limits(), visit))
}

/// A container image: a list, and layers that are archives, one of them compressed.
fn image() -> Vec<u8> {
    let one =
        tar(&[("etc/passwd", b"root:x:0:0"), ("app/config.json", b"{\"key\": \"c29tZSBsb25nIHRleHQgaGVyZQ==\"}")]);
    let two = gzip(&tar(&[("app/lib.jar", &zip(&[("META-INF/x", b"inside a jar", false)]))]));
    tar(&[("manifest.json", b"[]"), ("blobs/sha256/aa", &one), ("blobs/sha256/bb", &two)])
}

#[test]
fn a_stream_and_a_file_show_what_the_whole_shows() {
    let archives =
        [image(), gzip(&image()), zip(&[("a", b"first", false), ("b/c.tar", &image(), false), ("locked", b"x", true)])];
    for archive in archives {
        let whole = shown(|visit| layers(&archive, &Limits::default(), visit));
        assert!(!whole.0.is_empty() && is_packed(&archive));
        assert_eq!(of_stream(&archive), whole);
        assert_eq!(of_file(&archive), whole);
    }
    let path = "tar entry blobs/sha256/bb > gzip > tar entry app/lib.jar > zip entry META-INF/x";
    assert!(of_stream(&image()).0.iter().any(|(how, _)| how == path));
}

#[test]
fn a_large_file_in_an_archive_is_shown_in_pieces_that_overlap() {
    // A number on each line: whatever is cut, each line stands in one piece as a whole.
    let content: String = (0..500_000).map(|number| format!("line {number:07}\n")).collect();
    assert!(content.len() > limits().entry + 1_000_000);
    for archive in [tar(&[("big", content.as_bytes()), ("small", b"the next one")]), gzip(content.as_bytes())] {
        let (mut next, mut largest, mut small) = (0, 0, false);
        let mut visit = |layer: portcullis_inspect::decode::Layer<'_>| {
            largest = largest.max(layer.bytes().len());
            small |= layer.bytes() == b"the next one";
            // What looks encoded in it is shown as well.
            if !matches!(layer.how().as_str(), "gzip" | "tar entry big") {
                return;
            }
            for line in layer.bytes().split(|byte| *byte == b'\n').filter(|line| line.len() == 12) {
                let number: u32 = std::str::from_utf8(&line[5..]).unwrap().parse().unwrap();
                assert!(number <= next, "line {next} is in no piece");
                next = next.max(number + 1);
            }
        };
        let skipped = layers_of_stream(&mut archive.as_slice(), archive.len() as u64, &limits(), &mut visit);
        assert_eq!((next, skipped.len()), (500_000, 0));
        assert!(largest <= limits().entry, "{largest}");
        assert_eq!(small, archive[0] != 0x1f, "what comes behind it is found");
    }
}

#[test]
fn a_bomb_is_stopped_in_a_stream_too() {
    let bomb = gzip(&vec![0; 20 << 20]);
    assert_eq!(of_stream(&bomb).1, [("gzip".to_owned(), Reason::Bomb)]);
    let zipped = zip(&[("zeros", &vec![0; 20 << 20], false)]);
    assert_eq!(of_file(&zipped).1, [("zip entry zeros".to_owned(), Reason::Bomb)]);
}

#[test]
fn names_that_lead_out_of_an_archive_are_words() {
    let path = "../../../../etc/cron.d/x";
    let archive = zip(&[(path, b"some text here", false)]);
    let (all, skipped) = of_file(&archive);
    assert_eq!((all.len(), skipped.len()), (1, 0));
    assert!(all.iter().all(|(how, _)| how == &format!("zip entry {path}")));
}

#[test]
fn whatever_is_cut_off_or_changed_nothing_panics_and_damage_is_said() {
    let archive = zip(&[("a", b"first text in here", false), ("b", b"second text in here", false)]);
    for length in 4..archive.len() {
        let (all, skipped) = of_file(&archive[..length]);
        assert!(all.len() == 2 || !skipped.is_empty() || length < 60, "{length}");
    }
    for at in 0..archive.len() {
        let mut changed = archive.clone();
        changed[at] ^= 0xff;
        of_file(&changed);
        of_stream(&changed);
    }
}

#[test]
fn an_archive_behind_a_program_is_found_from_its_end() {
    let archive = zip(&[("a", b"some text in here", false)]);
    // Without the first local header at the start it is known by its name only; with one, all places are off.
    let moved = [archive.as_slice(), &archive].concat();
    assert_eq!(of_file(&moved).0.len(), 1);
}

/// Fails at a place, as a disk does.
struct Broken<'b>(Cursor<&'b [u8]>, u64);

impl Read for Broken<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.0.position() >= self.1 { Err(io::ErrorKind::Other.into()) } else { self.0.read(buffer) }
    }
}

impl Seek for Broken<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.0.seek(to)
    }
}

#[test]
fn what_can_not_be_read_any_further_is_said() {
    for archive in [image(), zip(&[("a", &vec![b'a'; 5000], false)])] {
        for at in [0, archive.len() as u64 / 2] {
            let mut broken = Broken(Cursor::new(&archive), at);
            let skipped = layers_of_file(&mut broken, archive.len() as u64, &limits(), &mut |_| ());
            assert!(!skipped.is_empty(), "{at}");
        }
    }
}
