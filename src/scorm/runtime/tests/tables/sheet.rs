//! Reads the tables of a Markdown page.

use std::path::PathBuf;

/// One row of a table, its cells by the names of their columns.
pub(super) struct Row {
    /// Where it stands: `page:line`.
    pub(super) at: String,
    cells: Vec<(String, String)>,
}

impl Row {
    /// The text of a cell without its code marks; empty when the table has no such column.
    pub(super) fn cell(&self, column: &str) -> &str {
        self.cells.iter().find(|(name, _)| name == column).map_or("", |(_, text)| text)
    }

    pub(super) fn has(&self, column: &str) -> bool {
        self.cells.iter().any(|(name, _)| name == column)
    }

    pub(super) fn columns(&self) -> impl Iterator<Item = (&str, &str)> {
        self.cells.iter().map(|(name, text)| (name.as_str(), text.as_str()))
    }

    /// The texts of a cell.
    pub(super) fn texts(&self, column: &str) -> Vec<String> {
        let texts = tokens(self.cell(column)).into_iter().filter_map(|token| match token {
            Token::Text(text) => Some(text),
            Token::Word(_) => None,
        });
        texts.collect()
    }

    /// The texts of a cell, each with the word before it: `405: "a" "b" 407: "c"`, `id="a"`.
    pub(super) fn pairs(&self, column: &str) -> Vec<(String, String)> {
        let (mut pairs, mut before) = (Vec::new(), String::new());
        for token in tokens(self.cell(column)) {
            match token {
                Token::Word(word) => before = word.trim_end_matches([':', '=']).to_owned(),
                Token::Text(text) => pairs.push((before.clone(), text)),
            }
        }
        pairs
    }

    /// The values that are refused, each with its error.
    pub(super) fn refused(&self, column: &str) -> Vec<(u16, String)> {
        let code = |word: &str| word.parse().unwrap_or_else(|_| panic!("{}: {word:?}", self.at));
        self.pairs(column).into_iter().map(|(word, value)| (code(&word), value)).collect()
    }

    /// The number in a cell, which may have thousands separated; `None` when the cell has a dash.
    pub(super) fn number(&self, column: &str) -> Option<usize> {
        let digits = self.cell(column).replace(',', "");
        (digits != "–").then(|| digits.parse().unwrap_or_else(|_| panic!("{}: {digits}", self.at)))
    }
}

#[derive(Debug, PartialEq)]
pub(super) enum Token {
    /// A text in quotes, `"x"*255` and `"a"+"b"` written out.
    Text(String),
    Word(String),
}

/// Cuts a cell into texts and words.
pub(super) fn tokens(cell: &str) -> Vec<Token> {
    let (mut found, mut rest) = (Vec::new(), cell.trim_start());
    while !rest.is_empty() {
        let Some(quoted) = rest.strip_prefix('"') else {
            let end = rest.find(|c: char| c == '"' || c.is_whitespace()).unwrap_or(rest.len());
            let (word, tail) = rest.split_at(end);
            found.push(Token::Word(word.to_owned()));
            rest = tail.trim_start();
            continue;
        };
        let (text, mut tail) = quoted.split_once('"').expect("a text ends with a quote");
        let mut text = text.to_owned();
        if let Some(times) = tail.strip_prefix('*') {
            let digits = times.bytes().take_while(u8::is_ascii_digit).count();
            text = text.repeat(times[..digits].parse().expect("a number of times"));
            tail = &times[digits..];
        }
        match found.last_mut() {
            // joins what a plus sign joined
            Some(Token::Word(plus)) if plus == "+" => {
                found.pop();
                let Some(Token::Text(before)) = found.last_mut() else { panic!("+ joins texts") };
                before.push_str(&text);
            }
            _ => found.push(Token::Text(text)),
        }
        rest = match tail.strip_prefix('+') {
            Some(tail) => {
                found.push(Token::Word("+".to_owned()));
                tail
            }
            None => tail.trim_start(),
        };
    }
    found
}

/// The cells of a table's line.
fn cells(line: &str) -> Vec<String> {
    let inner = line.trim().trim_matches('|').replace("\\|", "\u{0}");
    let cell = |text: &str| text.replace('\u{0}', "|").replace('`', "").trim().to_owned();
    inner.split('|').map(cell).collect()
}

/// All rows of all tables of a page of the guide.
pub(super) fn rows(page: &str) -> Vec<Row> {
    let guide = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/guide");
    let text = std::fs::read_to_string(guide.join(page)).expect(page);
    let (mut rows, mut columns) = (Vec::new(), Vec::new());
    for (number, line) in text.lines().enumerate() {
        if !line.starts_with('|') {
            columns.clear();
        } else if columns.is_empty() {
            columns = cells(line);
        } else if !line.starts_with("| ---") {
            let (at, cells) = (format!("{page}:{}", number + 1), cells(line));
            assert_eq!(columns.len(), cells.len(), "{at}: cells");
            rows.push(Row { at, cells: columns.iter().cloned().zip(cells).collect() });
        }
    }
    assert!(!rows.is_empty(), "{page} has no tables");
    rows
}

#[test]
fn a_cell_is_cut_into_texts_and_words() {
    let text = |text: &str| Token::Text(text.to_owned());
    let word = |word: &str| Token::Word(word.to_owned());
    assert_eq!(tokens(r#""a b" "" "x"*3"#), [text("a b"), text(""), text("xxx")]);
    assert_eq!(tokens(r#"405: "a" 407: "b""#), [word("405:"), text("a"), word("407:"), text("b")]);
    assert_eq!(tokens(r#""a"*2+"b"+"c" "d""#), [text("aabc"), text("d")]);
    assert_eq!(tokens(r#"id="a" same"#), [word("id="), text("a"), word("same")]);
    assert_eq!(cells(r"| `a` | b \| c | |"), ["a", "b | c", ""]);
}
