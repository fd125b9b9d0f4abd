//! The settings of each tool: one file each, and one table of all of them.

mod aider;
mod claude_code;
mod codex;
mod copilot;
mod cursor;
mod editor;
mod gemini;
mod goose;
mod ignore;
mod opencode;
mod others;
mod vscode;
mod windsurf;

use crate::Setting;

/// Every setting.
pub fn settings() -> impl Iterator<Item = &'static Setting> {
    let all = [
        claude_code::SETTINGS,
        codex::SETTINGS,
        gemini::SETTINGS,
        copilot::SETTINGS,
        vscode::SETTINGS,
        cursor::SETTINGS,
        cursor::SHARED,
        windsurf::SETTINGS,
        windsurf::SHARED,
        aider::SETTINGS,
        goose::SETTINGS,
        opencode::SETTINGS,
        others::SETTINGS,
        others::SHARED,
    ];
    all.into_iter().flatten()
}
