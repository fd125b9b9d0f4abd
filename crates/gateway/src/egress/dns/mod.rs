//! The name server inside of the sandbox. It asks nobody.
//!
//! Each name gets a stand-in: an address that means this name and nothing else. A program connects to the stand-in, the
//! connection is diverted to the broker, and the broker knows which name was meant, asks the road about name and port, and
//! only then looks the name up. So a name can carry nothing outside by being looked up, and a denial knows the port.
//!
//! Names that policy will deny get a stand-in as well. Refusing them here would need a question for each lookup, would
//! tell less ("no such host" instead of a denial that names host and port), and would keep nothing in: nothing leaves.

mod answer;
pub mod message;
pub(crate) mod names;
pub(crate) mod serve;
