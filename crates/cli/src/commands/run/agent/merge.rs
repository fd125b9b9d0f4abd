//! Settings that are put into a file of JSON, over those that stand there.

use super::copy;
use crate::whole;
use serde_json::{Map, Value};
use std::fs;
use std::io;
use std::path::Path;

/// Puts settings into a file, or makes one that holds nothing else. A file that is no JSON, such as one with comments in
/// it, is left as it is: what its user set is worth more than what we would rather have.
pub(super) fn into_file(file: &Path, settings: &str) -> io::Result<()> {
    let there = match whole::if_there(fs::read(file))? {
        Some(bytes) => serde_json::from_slice(&bytes).ok(),
        None => Some(Map::new()),
    };
    let (Some(mut there), Ok(settings)) = (there, serde_json::from_str(settings)) else { return Ok(()) };
    merge(&mut there, settings);
    copy::write(file, serde_json::to_vec_pretty(&there)?, 0o600)
}

/// What is in `over` holds; everything else stays.
fn merge(under: &mut Map<String, Value>, over: Map<String, Value>) {
    for (key, value) in over {
        match (under.get_mut(&key), value) {
            (Some(Value::Object(under)), Value::Object(over)) => merge(under, over),
            (_, value) => drop(under.insert(key, value)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_put_in_holds_and_everything_else_stays() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("settings.json");
        let read = || serde_json::from_slice::<Value>(&fs::read(&file).unwrap()).unwrap();
        let over = "{\"a\": {\"b\": false}}";
        into_file(&file, over).unwrap();
        assert_eq!(read(), json!({"a": {"b": false}}));
        fs::write(&file, "{\"a\": {\"b\": true, \"c\": 1}, \"d\": [2]}").unwrap();
        into_file(&file, over).unwrap();
        assert_eq!(read(), json!({"a": {"b": false, "c": 1}, "d": [2]}));
        fs::write(&file, "{\"a\": 7}").unwrap();
        into_file(&file, over).unwrap();
        assert_eq!(read(), json!({"a": {"b": false}}));
        fs::write(&file, "// mine\n{}").unwrap();
        into_file(&file, over).unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "// mine\n{}");
    }

    #[test]
    fn the_settings_of_every_agent_can_be_read() {
        for known in crate::agents::AGENTS {
            for always in known.folders.iter().filter_map(|folder| folder.always.as_ref()) {
                assert!(serde_json::from_str::<Map<String, Value>>(always.settings).is_ok(), "{}", known.name);
            }
        }
    }
}
