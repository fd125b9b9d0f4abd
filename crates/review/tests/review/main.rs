//! What a user relies on, from the outside.

#[cfg(test)]
mod change;
#[cfg(test)]
mod committed;
#[cfg(test)]
mod history;
#[cfg(test)]
mod ignore;
#[cfg(test)]
mod import;
#[cfg(test)]
mod kept;
#[cfg(test)]
mod packed;
#[cfg(test)]
mod paths;
#[cfg(test)]
mod repository;
#[cfg(test)]
mod sample;
#[cfg(test)]
mod seen;
#[cfg(test)]
mod suppress;
#[cfg(test)]
mod tools;
