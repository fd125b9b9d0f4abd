//! Dumps in SQL: the rows of `INSERT` and of `COPY … FROM stdin`, and what the declarations say about their columns.

mod declaration;
mod token;

use crate::mask::row::{Cell, ColumnId, Columns, MaskError, Reader, Row, Style};
use declaration::{Target, copy_target, declare, insert_target, updated_table};
use std::collections::HashMap;
use std::ops::Range;
use token::{Kind, Token, next};

/// How long one string or one statement may be.
const LONGEST: usize = 16 << 20;
/// How many tokens of a statement are remembered. What a declaration says beyond them is not known.
const MOST_TOKENS: usize = 20_000;
/// The column of strings and comments that are no value of a row.
const ELSEWHERE: &str = "(statements)";

/// Reads statements.
#[derive(Debug)]
pub(crate) struct Sql {
    /// Whether a backslash in a string begins an escape, as in `MySQL`.
    backslash: bool,
    columns: Columns,
    /// The columns of each table in the order of its declaration.
    tables: HashMap<String, Vec<String>>,
    /// What was not read yet.
    pending: String,
    row: Row,
    state: State,
    /// The statement so far, without white space and comments.
    statement: Vec<Token>,
    line: u64,
}

#[derive(Debug)]
enum State {
    Statement,
    /// Behind `VALUES`.
    Values(Tuple),
    /// In the lines behind `COPY … FROM stdin;`, the rest of whose line is still to come.
    Copy {
        columns: Vec<ColumnId>,
        began: bool,
    },
}

/// Where in the rows of an `INSERT`.
#[derive(Debug)]
struct Tuple {
    columns: Vec<ColumnId>,
    table: String,
    /// How many brackets are open.
    depth: usize,
    field: usize,
    /// How many tokens the field has so far.
    tokens: usize,
}

impl Sql {
    pub(crate) fn new(backslash: bool) -> Self {
        Self {
            backslash,
            columns: Columns::default(),
            tables: HashMap::new(),
            pending: String::new(),
            row: Row::default(),
            state: State::Statement,
            statement: Vec::new(),
            line: 1,
        }
    }

    /// Whether a dump is written for `MySQL`, by its beginning.
    pub(crate) fn guess_backslash(start: &str) -> bool {
        // Values say nothing: what is asked for stands where a comment or a statement begins.
        let begins =
            |line: &str| ["-- MySQL", "-- MariaDB", "/*!", "LOCK TABLES `"].iter().any(|it| line.starts_with(it));
        let names = ["INSERT INTO `", "REPLACE INTO `", "CREATE TABLE `", "EXISTS `", "UPDATE `"];
        start.lines().any(|line| begins(line.trim_start()) || names.iter().any(|it| line.contains(it)))
    }

    /// The columns as they are declared, also further down. For a reader that begins again.
    pub(crate) fn with_columns(mut self, columns: Columns) -> Self {
        self.columns = columns;
        self
    }

    fn read(&mut self, ended: bool, rows: &mut dyn FnMut(Row, &Columns)) -> Result<(), MaskError> {
        let pending = std::mem::take(&mut self.pending);
        let mut at = 0;
        while at < pending.len() {
            let rest = pending.get(at..).unwrap_or_default();
            let length = match &self.state {
                State::Copy { .. } => self.copy_line(rest, ended, rows)?,
                State::Statement | State::Values(_) => match next(rest, self.backslash, ended) {
                    Some(token) => {
                        let length = token.raw.len();
                        self.token(token, rows)?;
                        length
                    }
                    None => 0,
                },
            };
            if length == 0 {
                break;
            }
            at += length;
        }
        self.pending.push_str(pending.get(at..).unwrap_or_default());
        if self.pending.len() > LONGEST || self.row.raw.len() > LONGEST {
            return Err(MaskError::TooLong { line: self.line, limit: LONGEST });
        }
        if ended && !self.pending.is_empty() {
            return Err(MaskError::Unfinished { line: self.line });
        }
        Ok(())
    }

    fn token(&mut self, token: Token, rows: &mut dyn FnMut(Row, &Columns)) -> Result<(), MaskError> {
        self.line += token.raw.bytes().filter(|it| *it == b'\n').count() as u64;
        let start = self.row.raw.len();
        self.row.raw.push_str(&token.raw);
        if token.kind == Kind::Space {
            return Ok(());
        }
        if token.kind == Kind::Comment {
            self.elsewhere(start..self.row.raw.len(), token.raw, Style::Raw);
            return Ok(());
        }
        match &mut self.state {
            State::Values(_) => self.value(token, start, rows),
            State::Statement | State::Copy { .. } => self.statement(token, start, rows)?,
        }
        Ok(())
    }

    /// A token of a statement other than the rows of an `INSERT`.
    fn statement(&mut self, token: Token, start: usize, rows: &mut dyn FnMut(Row, &Columns)) -> Result<(), MaskError> {
        let is_end = token.is_mark(';');
        let begins_rows = token.is_word("values") || token.is_word("value");
        if let Kind::String { .. } | Kind::Bytes { .. } | Kind::Dollars { .. } = token.kind {
            self.assigned(&token, start);
        }
        if self.statement.len() < MOST_TOKENS {
            self.statement.push(token);
        }
        if is_end {
            let statement = std::mem::take(&mut self.statement);
            if let Some(target) = copy_target(&statement).map_err(|what| MaskError::Syntax { line: self.line, what })? {
                self.state = State::Copy { columns: self.columns_of(&target), began: false };
            }
            declare(&statement, &mut self.tables, &mut self.columns);
            self.hand_over(rows);
        } else if begins_rows && let Some(target) = insert_target(&self.statement) {
            let columns = self.columns_of(&target);
            self.state = State::Values(Tuple { columns, table: target.table, depth: 0, field: 0, tokens: 0 });
        }
        Ok(())
    }

    /// A string of a statement: the value of a column if it is assigned to one, as in `SET name = '…'`.
    fn assigned(&mut self, token: &Token, start: usize) {
        let Some((span, text, style)) = token.string(start) else { return };
        let column = match self.statement.as_slice() {
            [.., name, equals] if equals.is_mark('=') => name.name(),
            _ => None,
        };
        match column.zip(updated_table(&self.statement)) {
            Some((name, table)) => {
                let column = self.columns.named(&table, &name);
                self.row.cells.push(Cell { span, column, text, style });
            }
            None => self.elsewhere(span, text, style),
        }
    }

    /// A token behind `VALUES`.
    fn value(&mut self, token: Token, start: usize, rows: &mut dyn FnMut(Row, &Columns)) {
        let State::Values(tuple) = &mut self.state else { return };
        let is_outside = tuple.depth == 0;
        tuple.tokens += 1;
        match (&token.kind, token.raw.as_str()) {
            (Kind::Mark, "(") => {
                tuple.depth += 1;
                if is_outside {
                    (tuple.field, tuple.tokens) = (0, 0);
                }
            }
            (Kind::Mark, ")") => {
                tuple.depth = tuple.depth.saturating_sub(1);
                if tuple.depth == 0 {
                    self.hand_over(rows);
                }
            }
            (Kind::Mark, ",") if tuple.depth == 1 => (tuple.field, tuple.tokens) = (tuple.field + 1, 0),
            (Kind::Mark, ";") if is_outside => {
                self.state = State::Statement;
                self.statement.clear();
                self.hand_over(rows);
            }
            (Kind::Word, _) if is_outside => {
                // Behind the rows, as in `ON DUPLICATE KEY UPDATE`: an ordinary statement from here on.
                self.state = State::Statement;
                self.statement.push(token);
            }
            (Kind::String { .. } | Kind::Number | Kind::Bytes { .. } | Kind::Dollars { .. }, _) if !is_outside => {
                self.cell(&token, start);
            }
            _ => {}
        }
    }

    /// A string or number in a row.
    fn cell(&mut self, token: &Token, start: usize) {
        let State::Values(tuple) = &mut self.state else { return };
        let place = tuple.field;
        while tuple.columns.len() <= place {
            let name = format!("column {}", tuple.columns.len() + 1);
            tuple.columns.push(self.columns.named(&tuple.table, &name));
        }
        let column = tuple.columns.get(place).copied().unwrap_or_default();
        // In an expression only the first string is taken for the value; what it is made of further, such as the form of
        // a date, is only looked through.
        let is_value = tuple.tokens <= 1 || (tuple.depth > 1 && tuple.tokens <= 3);
        match token.string(start) {
            Some((span, text, style)) if is_value => self.row.cells.push(Cell { span, column, text, style }),
            Some((span, text, style)) => self.elsewhere(span, text, style),
            None if tuple.depth == 1 && tuple.tokens <= 2 && token.kind == Kind::Number => {
                let span = start..start + token.raw.len();
                self.row.cells.push(Cell { span, column, text: token.raw.clone(), style: Style::Number });
            }
            None => {}
        }
    }

    fn elsewhere(&mut self, span: Range<usize>, text: String, style: Style) {
        let column = self.columns.named("", ELSEWHERE);
        self.row.cells.push(Cell { span, column, text, style });
    }

    fn columns_of(&mut self, target: &Target) -> Vec<ColumnId> {
        let declared = self.tables.get(&target.table);
        let names = target.columns.as_ref().or(declared).cloned().unwrap_or_default();
        names.iter().map(|name| self.columns.named(&target.table, name)).collect()
    }

    fn hand_over(&mut self, rows: &mut dyn FnMut(Row, &Columns)) {
        rows(std::mem::take(&mut self.row), &self.columns);
    }

    /// One line of `COPY`; gives how long it is, or zero if it is not whole yet.
    fn copy_line(&mut self, rest: &str, ended: bool, rows: &mut dyn FnMut(Row, &Columns)) -> Result<usize, MaskError> {
        let State::Copy { columns, began } = &mut self.state else { return Ok(0) };
        let length = match rest.find('\n') {
            Some(end) => end + 1,
            None if ended => rest.len(),
            None => return Ok(0),
        };
        let raw = rest.get(..length).unwrap_or_default().to_owned();
        let bare = raw.trim_end_matches(['\n', '\r']).len();
        self.line += 1;
        if !*began {
            // The rest of the line with the semicolon.
            *began = true;
            if bare > 0 {
                return Err(MaskError::Syntax {
                    line: self.line - 1,
                    what: "something stands behind COPY … FROM stdin;",
                });
            }
            rows(Row::of(raw), &self.columns);
            return Ok(length);
        }
        if raw.get(..bare) == Some("\\.") {
            self.state = State::Statement;
            rows(Row::of(raw), &self.columns);
            return Ok(length);
        }
        let mut cells = Vec::new();
        let mut start = 0;
        for (place, field) in raw.get(..bare).unwrap_or_default().split('\t').enumerate() {
            let span = start..start + field.len();
            start = span.end + 1;
            let Some(column) = columns.get(place).copied().filter(|_| field != "\\N") else { continue };
            cells.push(Cell { span, column, text: token::unescaped(field), style: Style::Copy });
        }
        rows(Row { raw, cells }, &self.columns);
        Ok(length)
    }
}

impl Reader for Sql {
    fn push(&mut self, text: &str, rows: &mut dyn FnMut(Row, &Columns)) -> Result<(), MaskError> {
        self.pending.push_str(text);
        self.read(false, rows)
    }

    fn finish(&mut self, rows: &mut dyn FnMut(Row, &Columns)) -> Result<(), MaskError> {
        self.read(true, rows)?;
        self.hand_over(rows);
        Ok(())
    }

    fn columns(&self) -> &Columns {
        &self.columns
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every value with its table and column, and the columns.
    fn values(text: &str) -> (Vec<(String, String)>, Columns) {
        let (mut all, mut raw) = (Vec::new(), String::new());
        let mut reader = Sql::new(Sql::guess_backslash(text));
        let mut keep = |row: Row, columns: &Columns| {
            raw.push_str(&row.raw);
            all.extend(row.cells.into_iter().map(|cell| {
                let column = columns.get(cell.column).unwrap();
                (format!("{}.{}", column.table, column.name), cell.text)
            }));
        };
        for c in text.split_inclusive(|_| true) {
            reader.push(c, &mut keep).unwrap();
        }
        reader.finish(&mut keep).unwrap();
        assert_eq!(raw, text);
        (all, reader.columns.clone())
    }

    fn pairs(all: &[(&str, &str)]) -> Vec<(String, String)> {
        all.iter().map(|(one, two)| ((*one).to_owned(), (*two).to_owned())).collect()
    }

    #[test]
    fn reads_the_rows_of_mysql() {
        let text = "-- MySQL dump\nCREATE TABLE `users` (`id` int NOT NULL, `name` varchar(20) DEFAULT 'x', PRIMARY KEY (`id`), UNIQUE KEY `n` (`name`)) ENGINE=InnoDB;\n\
            INSERT INTO `users` VALUES (1,'O\\'Hara'),(-2,NULL),\n(3,\"a\"\"b\") ON DUPLICATE KEY UPDATE name='z';\n/* bye */\n";
        let (all, columns) = values(text);
        let all: Vec<_> = all.into_iter().filter(|(column, _)| !column.contains('(')).collect();
        assert_eq!(
            all,
            pairs(&[
                ("users.id", "1"),
                ("users.name", "O'Hara"),
                ("users.id", "2"),
                ("users.id", "3"),
                ("users.name", "a\"b"),
                ("users.name", "z")
            ])
        );
        let name = columns.all().find(|(_, column)| column.name == "name").unwrap().1;
        assert_eq!((name.limit, name.is_unique), (Some(20), true));
    }

    #[test]
    fn reads_the_rows_of_postgresql() {
        let text = "CREATE TABLE public.orders (\n    id bigint NOT NULL,\n    \"customer mail\" character varying(64),\n    note text\n);\n\
            COPY public.orders (id, \"customer mail\", note) FROM stdin;\n1\ta@b.c\tone\\ttwo\\\\\n2\t\\N\t\n\\.\n\n\
            INSERT INTO public.orders (note, id) VALUES (E'a\\'b', 7), ('it''s \\', 8);\n\
            ALTER TABLE ONLY public.orders ADD CONSTRAINT x PRIMARY KEY (id);\n\
            ALTER TABLE ONLY public.orders ADD CONSTRAINT y FOREIGN KEY (\"customer mail\") REFERENCES public.people(mail);\n";
        let (all, columns) = values(text);
        assert_eq!(
            all,
            pairs(&[
                ("orders.id", "1"),
                ("orders.customer mail", "a@b.c"),
                ("orders.note", "one\ttwo\\"),
                ("orders.id", "2"),
                ("orders.note", ""),
                ("orders.note", "a'b"),
                ("orders.id", "7"),
                ("orders.note", "it's \\"),
                ("orders.id", "8"),
            ])
        );
        let of = |name: &str| columns.all().find(|(_, column)| column.name == name).unwrap().1.clone();
        assert!(of("id").is_unique);
        assert_eq!(of("customer mail").refers_to, Some(("people".to_owned(), "mail".to_owned())));
        assert_eq!(of("customer mail").limit, Some(64));
    }

    #[test]
    fn expressions_give_their_first_string() {
        let text = "INSERT INTO t (a, b) VALUES (UPPER('anna'), CAST('x' AS date)), (X'00ff', 'p' || 'q');";
        let (all, _) = values(text);
        assert_eq!(all, pairs(&[("t.a", "anna"), ("t.b", "x"), ("t.a", "00ff"), ("t.b", "p"), (".(statements)", "q")]));
    }

    #[test]
    fn what_does_not_end_is_refused() {
        for text in ["INSERT INTO t VALUES ('abc", "/* comment"] {
            let mut reader = Sql::new(false);
            let mut ignore = |_: Row, _: &Columns| {};
            reader.push(text, &mut ignore).unwrap();
            assert!(matches!(reader.finish(&mut ignore), Err(MaskError::Unfinished { .. })), "{text}");
        }
    }
}
