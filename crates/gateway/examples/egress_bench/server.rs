//! The server outside: the first byte says what is wanted.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

/// Most that is written at once.
const PIECE: usize = 256 << 10;

/// Starts the server and returns its port.
pub(crate) fn start() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || serve(stream).ok());
        }
    });
    port
}

fn serve(mut stream: TcpStream) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut first = [0];
    stream.read_exact(&mut first)?;
    match first {
        [b'B'] => {
            let mut count = [0; 8];
            stream.read_exact(&mut count)?;
            send(&mut stream, u64::from_be_bytes(count))
        }
        [b'G'] => {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                stream.read_exact(&mut first)?;
                head.extend_from_slice(&first);
            }
            let count = head
                .split(|byte| matches!(byte, b' ' | b'/'))
                .find_map(|word| std::str::from_utf8(word).ok()?.parse().ok());
            let count = count.unwrap_or(0);
            write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {count}\r\n\r\n")?;
            send(&mut stream, count)
        }
        other => stream.write_all(&other),
    }
}

fn send(stream: &mut TcpStream, mut count: u64) -> std::io::Result<()> {
    let piece = vec![7; PIECE];
    while count > 0 {
        let now = usize::try_from(count).unwrap_or(PIECE).min(PIECE);
        stream.write_all(piece.get(..now).unwrap_or_default())?;
        count -= now as u64;
    }
    Ok(())
}
