//! What is asked: a few words, and a turn of a coding agent with its instructions, its tools and what it has read so far. The
//! texts are our own; what stands in results of tools is source of this crate, and what commands print.

use portcullis_testkit::dice::Dice;
use serde_json::{Value, json};

/// Where the number of a prompt goes.
const SLOT: &str = "(00000000)";

/// How long the instructions of the agent are, and the description of each of its tools.
const INSTRUCTIONS: usize = 20_000;
const DESCRIPTION: usize = 640;

/// The tools of the agent.
const TOOLS: [&str; 24] = [
    "Bash",
    "Read",
    "Write",
    "Edit",
    "MultiEdit",
    "Glob",
    "Grep",
    "List",
    "Fetch",
    "Search",
    "Task",
    "TodoRead",
    "TodoWrite",
    "NotebookRead",
    "NotebookEdit",
    "Symbols",
    "Rename",
    "Diagnostics",
    "Format",
    "Test",
    "Build",
    "Diff",
    "Commit",
    "Branch",
];

/// What the agent has read.
const SOURCES: [(&str, &str); 4] = [
    ("benches/src/machine.rs", include_str!("../machine.rs")),
    ("benches/src/report.rs", include_str!("../report.rs")),
    ("benches/src/process.rs", include_str!("../process.rs")),
    ("benches/src/figures.rs", include_str!("../figures.rs")),
];

/// A prompt, with places in which its number is put so that no gate has seen it before.
#[derive(Debug, Clone)]
pub(super) struct Prompt {
    source: Vec<u8>,
    places: Vec<usize>,
}

impl Prompt {
    fn new(value: &Value) -> Self {
        let source = value.to_string();
        let places = source.match_indices(SLOT).map(|(at, _)| at + 1).collect();
        Self { source: source.into_bytes(), places }
    }

    /// The prompt with this number.
    pub(super) fn with(&mut self, number: u64) -> &[u8] {
        let digits = format!("{:08}", number % 100_000_000);
        for place in &self.places {
            if let Some(slot) = self.source.get_mut(*place..place + digits.len()) {
                slot.copy_from_slice(digits.as_bytes());
            }
        }
        &self.source
    }

    /// How long it is.
    pub(super) fn length(&self) -> usize {
        self.source.len()
    }
}

/// A few words.
pub(super) fn small(model: &str, is_stream: bool) -> Prompt {
    let text = format!("{SLOT} Which of the two functions is called first, and why is that so?");
    Prompt::new(&json!({
        "model": model, "max_tokens": 256, "stream": is_stream, "messages": [{"role": "user", "content": text}],
    }))
}

/// A turn of a coding agent. If nothing of it was ever seen, every text of some length has the number in it; otherwise only
/// the last words of the user.
pub(super) fn agent(is_new: bool, is_stream: bool) -> Prompt {
    let slot = if is_new { SLOT } else { "(seen before)" };
    let mut dice = Dice::new(7);
    let tools: Vec<Value> = TOOLS.iter().map(|name| tool(name, slot, &mut dice)).collect();
    let mut messages =
        vec![user(&format!("{slot} The measurements print their tables twice. {}", prose(&mut dice, 900)))];
    for (number, (path, source)) in SOURCES.iter().enumerate() {
        let result = format!("{slot}\n{}", numbered(source));
        turn(&mut messages, number * 2, ("Read", json!({"file_path": path})), &result, &mut dice);
        let result = format!("{slot}\n{}", printed(&mut dice));
        let command = json!({"command": "cargo nextest run --workspace", "description": "Runs the tests"});
        turn(&mut messages, number * 2 + 1, ("Bash", command), &result, &mut dice);
    }
    messages.push(user(&format!("{SLOT} Now do the same for the other table, and run the tests again.")));
    let system = format!("{slot} {}", prose(&mut dice, INSTRUCTIONS));
    Prompt::new(&json!({
        "model": "claude-bench", "max_tokens": 32_000, "stream": is_stream, "temperature": 1,
        "system": [{"type": "text", "text": system, "cache_control": {"type": "ephemeral"}}],
        "tools": tools, "messages": messages, "metadata": {"user_id": "bench"},
    }))
}

fn user(text: &str) -> Value {
    json!({"role": "user", "content": [{"type": "text", "text": text}]})
}

/// The agent says something and calls a tool, and gets its result.
fn turn(messages: &mut Vec<Value>, number: usize, (name, input): (&str, Value), result: &str, dice: &mut Dice) {
    let id = format!("toolu_{number:04}");
    messages.push(json!({"role": "assistant", "content": [
        {"type": "text", "text": prose(dice, 160)},
        {"type": "tool_use", "id": id, "name": name, "input": input},
    ]}));
    messages.push(json!({"role": "user", "content": [
        {"type": "tool_result", "tool_use_id": id, "content": [{"type": "text", "text": result}]},
    ]}));
}

fn tool(name: &str, slot: &str, dice: &mut Dice) -> Value {
    let field = |dice: &mut Dice| json!({"type": "string", "description": prose(dice, 70)});
    json!({
        "name": name,
        "description": format!("{slot} {}", prose(dice, DESCRIPTION)),
        "input_schema": {
            "type": "object",
            "properties": {"path": field(dice), "pattern": field(dice), "limit": {"type": "integer", "minimum": 1}},
            "required": ["path"], "additionalProperties": false,
        },
    })
}

/// Sentences as instructions for an agent have them.
fn prose(dice: &mut Dice, length: usize) -> String {
    const BEGIN: [&str; 8] = [
        "When you change a file",
        "Before a test is run",
        "If the build fails",
        "For a long search",
        "Where two tools could do it",
        "After a command has ended",
        "As long as a task is open",
        "To find a definition",
    ];
    const DO: [&str; 8] = [
        "read the lines around it first",
        "prefer the tool that is made for it",
        "say in one sentence what comes next",
        "keep the style of the code that is there",
        "quote paths that hold spaces",
        "look at what was printed last",
        "write down what is still to do",
        "use absolute paths",
    ];
    const BECAUSE: [&str; 6] = [
        "since the user sees only the result",
        "because a wrong guess costs more than a look",
        "so that the change stays small",
        "as its output may be cut",
        "unless the user asked for something else",
        "which keeps the answer short",
    ];
    let mut text = String::new();
    while text.len() < length {
        let end = if dice.once_in(6) { ".\n\n" } else { ". " };
        text.extend([dice.one_of(&BEGIN), ", ", dice.one_of(&DO), ", ", dice.one_of(&BECAUSE), end]);
    }
    text
}

/// A file as an agent's tool shows it.
fn numbered(source: &str) -> String {
    let lines = source.lines().take(120).enumerate();
    lines.map(|(number, line)| format!("{:>5}\t{line}\n", number + 1)).collect::<Vec<_>>().concat()
}

/// What a run of tests prints.
fn printed(dice: &mut Dice) -> String {
    const PARTS: [&str; 6] = ["ledger", "policy", "gateway", "inspect", "report", "sandbox"];
    const FACTS: [&str; 6] = [
        "keeps_the_order",
        "is_found_again",
        "denies_what_is_unknown",
        "comes_back_whole",
        "ends_in_time",
        "is_written_once",
    ];
    let line = |dice: &mut Dice| {
        let (part, fact, took) = (dice.one_of(&PARTS), dice.one_of(&FACTS), dice.below(900));
        format!("        PASS [   0.{took:03}s] portcullis-{part} tests::{fact}_{}\n", dice.below(100))
    };
    (0..30).map(|_| line(dice)).collect::<Vec<_>>().concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_agent_s_prompt_has_the_size_that_is_claimed_and_is_json_with_every_number() {
        for is_new in [true, false] {
            let mut prompt = agent(is_new, true);
            assert!((75_000..83_000).contains(&prompt.length()), "{}", prompt.length());
            let value: Value = serde_json::from_slice(prompt.with(12_345)).unwrap();
            assert_eq!(value["tools"].as_array().unwrap().len(), 24);
            assert_eq!(prompt.places.len(), if is_new { 35 } else { 1 });
            assert!(value["messages"].to_string().contains("(00012345) Now do"));
        }
        assert!((150..250).contains(&small("claude-bench", false).length()));
    }
}
