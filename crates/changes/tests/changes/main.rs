//! What a session changed, with real files.

#[cfg(test)]
mod applying;
#[cfg(test)]
mod classes;
#[cfg(test)]
mod conflicts;
#[cfg(test)]
mod dice;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod killed;
#[cfg(test)]
mod overlay;
#[cfg(test)]
mod reading;
#[cfg(test)]
mod resumed;
#[cfg(test)]
mod scene;
#[cfg(test)]
mod tree;
