//! Memory, messages and keys that processes share under a number or a name.

use super::result;
use std::ffi::CString;
use std::io;

/// The most that is read of one.
const MOST: usize = 256;

/// Things that are shared outside. They are removed when this goes.
#[derive(Debug)]
pub struct Shared {
    segment: libc::c_int,
    messages: libc::c_int,
    queue: CString,
    key: libc::c_long,
}

/// `struct msgbuf` with its text.
#[repr(C)]
struct Message {
    kind: libc::c_long,
    text: [u8; MOST],
}

impl Shared {
    /// Shares `secret` under these names: a number for memory and messages, a name for a queue and a key.
    pub fn offer(number: i32, name: &str, secret: &str) -> io::Result<Self> {
        let segment = segment(number, secret)?;
        let messages = messages(number, secret)?;
        let queue = CString::new(format!("/{name}"))?;
        posix_queue(&queue, secret)?;
        // A kernel without keys is one where nobody can take them.
        let key = key(name, secret).unwrap_or(-1);
        Ok(Self { segment, messages, queue, key })
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        // SAFETY: removing needs no third argument to point anywhere.
        unsafe { libc::shmctl(self.segment, libc::IPC_RMID, std::ptr::null_mut()) };
        // SAFETY: as above.
        unsafe { libc::msgctl(self.messages, libc::IPC_RMID, std::ptr::null_mut()) };
        // SAFETY: the name ends with a zero byte.
        unsafe { libc::mq_unlink(self.queue.as_ptr()) };
        if self.key > 0 {
            let invalidate = 21;
            // SAFETY: it takes numbers.
            unsafe { libc::syscall(libc::SYS_keyctl, invalidate, self.key) };
        }
    }
}

fn segment(number: i32, secret: &str) -> io::Result<libc::c_int> {
    // SAFETY: it takes numbers.
    let id = unsafe { libc::shmget(number, MOST, libc::IPC_CREAT | 0o600) };
    result(id.into())?;
    // SAFETY: the kernel chooses where.
    let at = unsafe { libc::shmat(id, std::ptr::null(), 0) };
    if at.addr() == usize::MAX {
        return Err(io::Error::last_os_error());
    }
    let length = secret.len().min(MOST);
    // SAFETY: the segment has that many bytes, was attached just now to be written, and overlaps nothing.
    unsafe { std::ptr::copy_nonoverlapping(secret.as_ptr(), at.cast(), length) };
    // SAFETY: it was attached above and is not used any more.
    unsafe { libc::shmdt(at) };
    Ok(id)
}

fn messages(number: i32, secret: &str) -> io::Result<libc::c_int> {
    // SAFETY: it takes numbers.
    let id = unsafe { libc::msgget(number, libc::IPC_CREAT | 0o600) };
    result(id.into())?;
    let mut message = Message { kind: 1, text: [0; MOST] };
    for (place, byte) in message.text.iter_mut().zip(secret.bytes()) {
        *place = byte;
    }
    // SAFETY: the message lives until the call returns and is as long as said.
    result(unsafe { libc::msgsnd(id, (&raw const message).cast(), MOST, libc::IPC_NOWAIT) }.into())?;
    Ok(id)
}

fn posix_queue(name: &CString, secret: &str) -> io::Result<()> {
    let flags = libc::O_CREAT | libc::O_WRONLY | libc::O_NONBLOCK | libc::O_CLOEXEC;
    let (mode, no_attributes) = (0o600 as libc::c_uint, std::ptr::null_mut::<libc::mq_attr>());
    // SAFETY: the name ends with a zero byte; without attributes the kernel takes its own.
    let queue = unsafe { libc::mq_open(name.as_ptr(), flags, mode, no_attributes) };
    result(queue.into())?;
    // SAFETY: the bytes live until the call returns and are as many as said.
    let sent = unsafe { libc::mq_send(queue, secret.as_ptr().cast(), secret.len(), 0) };
    // SAFETY: it was opened above and is not used any more.
    unsafe { libc::mq_close(queue) };
    result(sent.into()).map(drop)
}

fn key(name: &str, secret: &str) -> io::Result<libc::c_long> {
    let (name, users_keyring) = (CString::new(name)?, -4_i32);
    let (kind, secret, length) = (c"user".as_ptr(), secret.as_ptr(), secret.len());
    // SAFETY: both names end with a zero byte, and the secret is as long as said.
    result(unsafe { libc::syscall(libc::SYS_add_key, kind, name.as_ptr(), secret, length, users_keyring) })
}

/// Reads shared memory by its number.
pub fn read_segment(number: i32) -> io::Result<Vec<u8>> {
    // SAFETY: it takes numbers.
    let id = unsafe { libc::shmget(number, 0, 0) };
    result(id.into())?;
    // SAFETY: the kernel chooses where.
    let at = unsafe { libc::shmat(id, std::ptr::null(), libc::SHM_RDONLY) };
    if at.addr() == usize::MAX {
        return Err(io::Error::last_os_error());
    }
    let mut bytes = vec![0_u8; MOST];
    // SAFETY: a segment has at least one page, which is more than what is read.
    unsafe { std::ptr::copy_nonoverlapping(at.cast::<u8>(), bytes.as_mut_ptr(), MOST) };
    // SAFETY: it was attached above and is not used any more.
    unsafe { libc::shmdt(at) };
    Ok(bytes)
}

/// Takes the next message by the number of its queue.
pub fn receive_message(number: i32) -> io::Result<Vec<u8>> {
    // SAFETY: it takes numbers.
    let id = unsafe { libc::msgget(number, 0) };
    result(id.into())?;
    let mut message = Message { kind: 0, text: [0; MOST] };
    // SAFETY: there is room for as many bytes as said.
    result(unsafe { libc::msgrcv(id, (&raw mut message).cast(), MOST, 0, libc::IPC_NOWAIT) } as libc::c_long)?;
    Ok(message.text.to_vec())
}

/// Takes the next message of a POSIX queue by its name.
pub fn read_queue(name: &str) -> io::Result<Vec<u8>> {
    let name = CString::new(format!("/{name}"))?;
    // SAFETY: the name ends with a zero byte.
    let queue = unsafe { libc::mq_open(name.as_ptr(), libc::O_RDONLY | libc::O_NONBLOCK | libc::O_CLOEXEC) };
    result(queue.into())?;
    // A message has at most as many bytes as the kernel lets one have.
    let mut bytes = vec![0_u8; 64 << 10];
    // SAFETY: there is room for as many bytes as said.
    let read = unsafe { libc::mq_receive(queue, bytes.as_mut_ptr().cast(), bytes.len(), std::ptr::null_mut()) };
    // SAFETY: it was opened above and is not used any more.
    unsafe { libc::mq_close(queue) };
    let length = usize::try_from(result(read as libc::c_long)?).unwrap_or(0);
    bytes.truncate(length);
    Ok(bytes)
}

/// Reads a key of the user by its name.
pub fn read_key(name: &str) -> io::Result<Vec<u8>> {
    let name = CString::new(name)?;
    let (search, read, users_keyring) = (10, 11, -4_i32);
    let kind = c"user".as_ptr();
    // SAFETY: both names end with a zero byte.
    let key = unsafe { libc::syscall(libc::SYS_keyctl, search, users_keyring, kind, name.as_ptr(), 0) };
    let key = result(key)?;
    let mut bytes = vec![0_u8; MOST];
    // SAFETY: there is room for as many bytes as said.
    let length = unsafe { libc::syscall(libc::SYS_keyctl, read, key, bytes.as_mut_ptr(), bytes.len()) };
    bytes.truncate(usize::try_from(result(length)?).unwrap_or(0));
    Ok(bytes)
}
