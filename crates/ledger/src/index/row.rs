//! The row of a record, as the table `events` keeps it.

use super::error::{Damage, Inner};
use super::names::NamesRead;
use super::query::Row;
use super::rollup::{numbered_verdict, verdict_number};
use super::run::number;
use super::sql;
use portcullis_event::{EventId, Mode, Severity, Timestamp, Verdict};
use rusqlite::Connection;

/// Reads the row of a record.
pub(super) fn read_row(connection: &Connection, names: &mut NamesRead, index: u64) -> Result<Row, Inner> {
    let mut statement = connection.prepare_cached(sql::EVENT)?;
    let mut rows = statement.query([number(index)?])?;
    let row = rows.next()?.ok_or(Damage("a row is missing"))?;
    let id: Option<[u8; 16]> = row.get(1)?;
    let (verdict, mode, severity) = unpack(row.get(4)?)?;
    let out_of_range = |_| Damage("a row has a place that is out of range");
    Ok(Row {
        index,
        id: id.map(EventId::from_bytes),
        time: Timestamp::from_micros(row.get(0)?),
        kind: names.name(connection, row.get(2)?)?,
        op: names.some_name(connection, row.get(3)?)?,
        verdict,
        mode,
        severity,
        actor: names.some_name(connection, row.get(5)?)?,
        agent: names.some_name(connection, row.get(6)?)?,
        session: names.some_name(connection, row.get(7)?)?,
        summary: row.get(10)?,
        segment: row.get::<_, i64>(8)?.try_into().map_err(out_of_range)?,
        offset: row.get::<_, i64>(9)?.try_into().map_err(out_of_range)?,
    })
}

/// Verdict, mode and severity as one small number.
pub(super) fn pack(verdict: Option<Verdict>, mode: Option<Mode>, severity: Severity) -> i64 {
    let mode = match mode {
        None => 0,
        Some(Mode::Observe) => 1,
        Some(Mode::Enforce) => 2,
    };
    let severity = match severity {
        Severity::Info => 0,
        Severity::Low => 1,
        Severity::Medium => 2,
        Severity::High => 3,
        Severity::Critical => 4,
    };
    verdict.map_or(0, verdict_number) + 5 * (mode + 3 * severity)
}

fn unpack(flags: i64) -> Result<(Option<Verdict>, Option<Mode>, Severity), Damage> {
    if flags < 0 {
        return Err(Damage("a row has negative flags"));
    }
    let mode = match flags / 5 % 3 {
        0 => None,
        1 => Some(Mode::Observe),
        _ => Some(Mode::Enforce),
    };
    let severity = match flags / 15 {
        0 => Severity::Info,
        1 => Severity::Low,
        2 => Severity::Medium,
        3 => Severity::High,
        4 => Severity::Critical,
        _ => return Err(Damage("a row has an unknown severity")),
    };
    Ok((numbered_verdict(flags % 5), mode, severity))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdict_mode_and_severity_read_back_as_they_were_packed() {
        let severities = [Severity::Info, Severity::Low, Severity::Medium, Severity::High, Severity::Critical];
        for number in 0..5 {
            for mode in [None, Some(Mode::Observe), Some(Mode::Enforce)] {
                for severity in severities {
                    let labels = (numbered_verdict(number), mode, severity);
                    assert_eq!(unpack(pack(labels.0, labels.1, labels.2)), Ok(labels));
                }
            }
        }
        assert!(unpack(75).is_err() && unpack(-1).is_err());
    }
}
