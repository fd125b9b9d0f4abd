//! Giving up what process 1 had in its own namespaces: no capability is left, and none can come back.

use crate::error::{Doing as _, Error, Stage};
use rustix::io::Errno;
use rustix::thread::{
    CapabilitiesSecureBits, CapabilitySet, CapabilitySets, clear_ambient_capability_set,
    remove_capability_from_bounding_set, set_capabilities, set_capabilities_secure_bits, set_no_new_privs,
};

/// The highest number that a capability may have in the kernel's interface.
const HIGHEST: u32 = 63;

/// Drops everything, for good.
pub(crate) fn drop_all() -> Result<(), Error> {
    forget_bounds()?;
    let bits = CapabilitiesSecureBits::NO_ROOT
        | CapabilitiesSecureBits::NO_ROOT_LOCKED
        | CapabilitiesSecureBits::NO_SETUID_FIXUP
        | CapabilitiesSecureBits::NO_SETUID_FIXUP_LOCKED
        | CapabilitiesSecureBits::KEEP_CAPS_LOCKED
        | CapabilitiesSecureBits::NO_CAP_AMBIENT_RAISE
        | CapabilitiesSecureBits::NO_CAP_AMBIENT_RAISE_LOCKED;
    set_capabilities_secure_bits(bits).doing(Stage::Privileges)?;
    clear_ambient_capability_set().doing(Stage::Privileges)?;
    let none = CapabilitySet::empty();
    let sets = CapabilitySets { effective: none, permitted: none, inheritable: none };
    set_capabilities(None, sets).doing(Stage::Privileges)?;
    set_no_new_privs(true).doing(Stage::Privileges)
}

/// Nothing that is started later can have a capability, whatever its file says.
pub(crate) fn forget_bounds() -> Result<(), Error> {
    for number in 0..=HIGHEST {
        match remove_capability_from_bounding_set(CapabilitySet::from_bits_retain(1 << number)) {
            // What this kernel does not know.
            Ok(()) | Err(Errno::INVAL) => {}
            Err(errno) => return Err(Error::system(Stage::Privileges, errno)),
        }
    }
    Ok(())
}

/// Drops what an ordinary user has. There is no namespace in which it could have more, and nothing that is started from
/// here on gets any.
pub(crate) fn drop_in_place() -> Result<(), Error> {
    clear_ambient_capability_set().doing(Stage::Privileges)?;
    let none = CapabilitySet::empty();
    set_capabilities(None, CapabilitySets { effective: none, permitted: none, inheritable: none })
        .doing(Stage::Privileges)?;
    set_no_new_privs(true).doing(Stage::Privileges)
}
