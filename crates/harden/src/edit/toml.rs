//! TOML.

use super::{NotEditable, Path, shown};
use serde_json::{Map, Number, Value};
use toml_edit::{Array, DocumentMut, InlineTable, Item, Table, TableLike, Value as Written};

/// A document.
#[derive(Debug, Clone)]
pub(super) struct Toml(DocumentMut);

impl Toml {
    pub(super) fn read(text: &str) -> Result<Self, NotEditable> {
        let unreadable =
            |error: toml_edit::TomlError| NotEditable::Unreadable { format: "TOML", why: error.message().to_owned() };
        text.parse().map(Self).map_err(unreadable)
    }

    pub(super) fn text(&self) -> String {
        self.0.to_string()
    }

    pub(super) fn whole(&self) -> Value {
        of_table(self.0.as_table())
    }

    pub(super) fn get(&self, path: Path<'_>) -> Result<Option<Value>, NotEditable> {
        let Some((last, before)) = path.split_last() else { return Ok(None) };
        let mut here: &dyn TableLike = self.0.as_table();
        for name in before {
            let Some(item) = here.get(name) else { return Ok(None) };
            here = item.as_table_like().ok_or_else(|| NotEditable::Other(shown(path)))?;
        }
        Ok(here.get(last).filter(|item| !item.is_none()).map(of_item))
    }

    pub(super) fn set(&mut self, path: Path<'_>, value: &Value) -> Result<(), NotEditable> {
        let (table, last) = self.table(path)?;
        match table.get_mut(last) {
            Some(Item::Value(old)) => {
                let decor = old.decor().clone();
                *old = written(value);
                *old.decor_mut() = decor;
            }
            Some(Item::Table(_) | Item::ArrayOfTables(_)) => return Err(NotEditable::Other(shown(path))),
            Some(Item::None) | None => drop(table.insert(last, Item::Value(written(value)))),
        }
        Ok(())
    }

    pub(super) fn append(&mut self, path: Path<'_>, items: &[Value]) -> Result<(), NotEditable> {
        let array = self.array(path)?;
        for item in items {
            let last = array.len().checked_sub(1).and_then(|last| array.get(last));
            // Where each element has a line of its own, ours has as well.
            let style = last.and_then(|it| it.decor().prefix()).and_then(|it| it.as_str()).map(str::to_owned);
            let line = style.as_deref().and_then(|it| it.rfind('\n').and_then(|at| it.get(at..)));
            match line {
                Some(line) => array.push_formatted(written(item).decorated(line.to_owned(), "")),
                None => array.push(written(item)),
            }
        }
        Ok(())
    }

    pub(super) fn keep(&mut self, path: Path<'_>, items: &[Value]) -> Result<(), NotEditable> {
        self.array(path)?.retain(|it| items.contains(&of_value(it)));
        Ok(())
    }

    fn array(&mut self, path: Path<'_>) -> Result<&mut Array, NotEditable> {
        let (table, last) = self.table(path)?;
        if table.get(last).is_none_or(Item::is_none) {
            table.insert(last, Item::Value(Written::Array(Array::new())));
        }
        table.get_mut(last).and_then(Item::as_array_mut).ok_or_else(|| NotEditable::Other(shown(path)))
    }

    /// The table that holds the last name of a way, made if it is not there yet.
    fn table<'a>(&mut self, path: &'a [String]) -> Result<(&mut dyn TableLike, &'a str), NotEditable> {
        let other = || NotEditable::Other(shown(path));
        let (last, before) = path.split_last().ok_or_else(other)?;
        let mut here: &mut dyn TableLike = self.0.as_table_mut();
        for (depth, name) in before.iter().enumerate() {
            if here.get(name).is_none_or(Item::is_none) {
                let mut table = Table::new();
                // A table that only leads to another one needs no line of its own.
                table.set_implicit(depth + 1 < before.len());
                here.insert(name, Item::Table(table));
            }
            here = here.get_mut(name).and_then(Item::as_table_like_mut).ok_or_else(other)?;
        }
        Ok((here, last))
    }
}

fn of_item(item: &Item) -> Value {
    match item {
        Item::None => Value::Null,
        Item::Value(value) => of_value(value),
        Item::Table(table) => of_table(table),
        Item::ArrayOfTables(tables) => Value::Array(tables.iter().map(|it| of_table(it)).collect()),
    }
}

fn of_table(table: &dyn TableLike) -> Value {
    Value::Object(table.iter().map(|(name, item)| (name.to_owned(), of_item(item))).collect::<Map<String, Value>>())
}

fn of_value(value: &Written) -> Value {
    match value {
        Written::String(text) => Value::String(text.value().clone()),
        Written::Integer(number) => Value::Number((*number.value()).into()),
        Written::Float(number) => Number::from_f64(*number.value()).map_or(Value::Null, Value::Number),
        Written::Boolean(word) => Value::Bool(*word.value()),
        Written::Datetime(time) => Value::String(time.value().to_string()),
        Written::Array(items) => Value::Array(items.iter().map(of_value).collect()),
        Written::InlineTable(table) => of_table(table),
    }
}

fn written(value: &Value) -> Written {
    match value {
        // There is no null in it, and nobody asks for one.
        Value::Null => Written::from(""),
        Value::Bool(word) => Written::from(*word),
        Value::Number(number) => {
            number.as_i64().map_or_else(|| Written::from(number.as_f64().unwrap_or(f64::NAN)), Written::from)
        }
        Value::String(text) => Written::from(text.as_str()),
        Value::Array(items) => Written::Array(items.iter().map(written).collect()),
        Value::Object(members) => {
            let members = members.iter().map(|(name, inner)| (name.as_str(), written(inner)));
            Written::InlineTable(members.collect::<InlineTable>())
        }
    }
}
