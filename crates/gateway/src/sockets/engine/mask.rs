//! What is taken out of answers: the values of variables, the command that a container was made with, and logins in the
//! addresses of proxies. That is where secrets are kept; the names stay.

use serde_json::Value;

/// What stands in the place of a value.
const MASKED: &str = "[masked]";

/// Takes them out, wherever they are.
pub(super) fn mask(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields.iter_mut() {
                match name.to_ascii_lowercase().as_str() {
                    "env" | "environment" => variables(value),
                    "createcommand" => *value = Value::Array(vec![MASKED.into()]),
                    "httpproxy" | "httpsproxy" | "http_proxy" | "https_proxy" => login(value),
                    _ => mask(value),
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(mask),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// `NAME=VALUE` in a list, or names and values.
fn variables(value: &mut Value) {
    match value {
        Value::Array(values) => values.iter_mut().for_each(variables),
        Value::Object(fields) => fields.values_mut().for_each(|value| *value = MASKED.into()),
        Value::String(text) => {
            let name = text.split_once('=').map_or("", |(name, _)| name);
            *text = if name.is_empty() { MASKED.to_owned() } else { format!("{name}={MASKED}") };
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn login(value: &mut Value) {
    if let Value::String(text) = value
        && text.contains('@')
    {
        MASKED.clone_into(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_of_variables_are_taken_out_wherever_they_are() {
        let mut answer = json!({
            "Id": "a",
            "Config": { "Env": ["PATH=/bin", "TOKEN=a=b", "odd", "=x"], "Cmd": ["sh"], "CreateCommand": ["podman", "-e", "A=b"] },
            "ContainerConfig": [{ "env": { "A": "b" } }],
            "HttpProxy": "http://me:pass@proxy.example",
            "HttpsProxy": "http://proxy.example",
        });
        mask(&mut answer);
        assert_eq!(
            answer,
            json!({
                "Id": "a",
                "Config": {
                    "Env": ["PATH=[masked]", "TOKEN=[masked]", "[masked]", "[masked]"],
                    "Cmd": ["sh"],
                    "CreateCommand": ["[masked]"],
                },
                "ContainerConfig": [{ "env": { "A": "[masked]" } }],
                "HttpProxy": "[masked]",
                "HttpsProxy": "http://proxy.example",
            })
        );
    }
}
