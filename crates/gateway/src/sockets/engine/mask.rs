//! What is taken out of answers: the values of variables, the commands that a container or an image was made with, the
//! settings of drivers, and logins in the addresses of proxies. That is where secrets are kept; the names stay.

use serde_json::{Map, Value};

/// What stands in the place of a value.
const MASKED: &str = "[masked]";

/// Takes them out, wherever they are.
pub(super) fn mask(value: &mut Value) {
    match value {
        Value::Object(fields) => mask_fields(fields),
        Value::Array(values) => values.iter_mut().for_each(mask),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn mask_fields(fields: &mut Map<String, Value>) {
    for (name, value) in fields.iter_mut() {
        match name.to_ascii_lowercase().as_str() {
            // What drivers of networks are told has names and values as well.
            "env" | "environment" | "driveropts" => variables(value),
            "createcommand" | "onbuild" => command(value),
            // A step of an image, which sets variables or was given some.
            "created_by" | "createdby" => *value = MASKED.into(),
            // The command of the container that an image was made from is the last of those steps.
            "containerconfig" => within(value, "cmd", command),
            // A driver of logs has tokens, one of volumes the password of a server in its options.
            "logconfig" => within(value, "config", variables),
            "driverconfig" => within(value, "options", variables),
            "httpproxy" | "httpsproxy" | "http_proxy" | "https_proxy" => login(value),
            _ => mask(value),
        }
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
        Value::Null => {}
        Value::Bool(_) | Value::Number(_) => *value = MASKED.into(),
    }
}

/// A command, if there is one.
fn command(value: &mut Value) {
    if !value.is_null() && value.as_array().is_none_or(|words| !words.is_empty()) {
        *value = Value::Array(vec![MASKED.into()]);
    }
}

/// Takes out a field that holds secrets only here, and what is taken out everywhere.
fn within(value: &mut Value, field: &str, take_out: fn(&mut Value)) {
    let Value::Object(fields) = value else { return mask(value) };
    mask_fields(fields);
    fields.iter_mut().filter(|(name, _)| name.eq_ignore_ascii_case(field)).for_each(|(_, value)| take_out(value));
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
    #[test]
    fn the_steps_of_an_image_and_the_settings_of_drivers_are_taken_out_and_what_stands_beside_them_stays() {
        let mut answer = json!({
            "History": [{ "created": "1", "created_by": "/bin/sh -c #(nop) ENV TOKEN=x", "empty_layer": true }],
            "Layers": [{ "CreatedBy": "|1 TOKEN=x /bin/sh -c make" }],
            "ContainerConfig": { "Cmd": ["/bin/sh", "-c", "#(nop) ", "ENV TOKEN=x"], "Env": ["A=x"], "User": "me" },
            "Config": { "Cmd": ["sh"], "OnBuild": ["ENV TOKEN=x"], "CreateCommand": null },
            "HostConfig": {
                "LogConfig": { "Type": "splunk", "Config": { "splunk-token": "x", "odd": 1 } },
                "Mounts": [{ "VolumeOptions": { "DriverConfig": { "Name": "local", "Options": { "o": "password=x" } } } }],
            },
            "Networks": { "web": { "DriverOpts": { "key": "x" }, "IPAddress": "10.0.0.1" } },
        });
        mask(&mut answer);
        assert_eq!(
            answer,
            json!({
                "History": [{ "created": "1", "created_by": "[masked]", "empty_layer": true }],
                "Layers": [{ "CreatedBy": "[masked]" }],
                "ContainerConfig": { "Cmd": ["[masked]"], "Env": ["A=[masked]"], "User": "me" },
                "Config": { "Cmd": ["sh"], "OnBuild": ["[masked]"], "CreateCommand": null },
                "HostConfig": {
                    "LogConfig": { "Type": "splunk", "Config": { "splunk-token": "[masked]", "odd": "[masked]" } },
                    "Mounts": [
                        { "VolumeOptions": { "DriverConfig": { "Name": "local", "Options": { "o": "[masked]" } } } },
                    ],
                },
                "Networks": { "web": { "DriverOpts": { "key": "[masked]" }, "IPAddress": "10.0.0.1" } },
            })
        );
    }
}
