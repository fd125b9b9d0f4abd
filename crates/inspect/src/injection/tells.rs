//! What gives a sentence away that is said to an agent: parts of words that hardly any such sentence does without. They
//! are looked for in every text, together with all that credentials are found by, so each is as rare as can be.
//! `build.rs` reads this file too, so it holds nothing else.

/// Parts of words that are rare in programs. Capitals count.
#[rustfmt::skip]
pub(crate) const TELLS: &[&str] = &[
    "nstructions", "NSTRUCTION", "nstruccion", "nweisungen", "gnore all ", "gnore any", "gnore the above",
    "gnore prev", "GNORE ALL", "GNORE PREV", "isregard", "ISREGARD", "orget every", "orget all", "ystem prompt",
    "YSTEM PROMPT", "anguage model", "AI agent", "AI assist", "AI model", "AI cod", "AI rev", "AI tool",
    "AI sys", "LLM", "Claude", "Copilot", "ChatGPT", "Codex", "oding agent", "oding assist", "ssistants",
    "ssistant:", "gents:", "gents must", "gents should", "ell the user", "orm the user", "ify the user",
    "ell the dev", "o not mention", "on't mention", "ithout asking", "ithout telling", "ithout confirm",
    "--no-verify", "-skip-permissions", "utoApprove", "uto-approve", "ypassPermissions", "--yolo", "<|im_",
    "<|start_header", "[INST]", "<system", "</tool_", "<IMPORTANT", "ou are now ", "OU ARE NOW", "retend to be",
    "retend you", "指令",
];

/// Parts of words that are rare enough in prose, beside those above.
#[rustfmt::skip]
pub(crate) const TELLS_IN_PROSE: &[&str] = &[
    "gnore ", "gnorez", "gnorier", "gnora ", "gnorar", "orget ", "ergiss ", "ublie", "lvida", "AI ", "AIs ",
    "AI:", "KI-", "gents ", "gents,", "ssistant ", "ssistant,", "utomated ", "our prompt", "itial prompt",
    ".ssh/", ".aws/", ".env ", "curl ", "wget ", "| bash", "| sh", "xfiltrat", "ebhook", "sandbox", "pprove",
    "ecretly", "ilently", "eep this", "our reply", "our answer", "our response", "忽略", "無視", "гнориру",
];
