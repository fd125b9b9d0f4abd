//! Tools of which a few files are known: Cline, Kiro and Amazon Q, Gemini Code Assist, and servers of
//! models that are one's own.

use crate::{Book, Change, Format, Place, Scope, Setting, Tool, standards};

const fn ignored(tool: Tool, places: &'static [Place]) -> Book {
    Book { tool, title: "ignored files", format: Format::Lines, places }
}

const fn own(tool: Tool, title: &'static str, places: &'static [Place]) -> Book {
    Book { tool, title, format: Format::Own, places }
}

static CLINE_IGNORED: Book = ignored(Tool::Cline, &[Place::project(".clineignore")]);
static CLINE: Book = own(
    Tool::Cline,
    "instructions",
    &[Place::project(".clinerules/portcullis.md"), Place::home("Documents/Cline/Rules/portcullis.md")],
);
static KIRO_IGNORED: Book = ignored(Tool::Kiro, &[Place::project(".kiroignore")]);
static KIRO: Book = own(
    Tool::Kiro,
    "steering",
    &[Place::project(".kiro/steering/portcullis.md"), Place::home(".kiro/steering/portcullis.md")],
);
static AMAZON_Q: Book = own(Tool::Kiro, "rules", &[Place::project(".amazonq/rules/portcullis.md")]);
static KIRO_EDITOR: Book = Book {
    tool: Tool::Kiro,
    title: "settings of the editor",
    format: Format::Jsonc,
    places: &[
        Place::project(".vscode/settings.json"),
        Place::user(
            ".config/Kiro/User/settings.json",
            "Library/Application Support/Kiro/User/settings.json",
            "AppData\\Roaming\\Kiro\\User\\settings.json",
        ),
    ],
};
static Q_SETTINGS: Book = Book {
    tool: Tool::Kiro,
    title: "settings of Amazon Q",
    format: Format::Json,
    places: &[Place::user(
        ".local/share/amazon-q/settings.json",
        "Library/Application Support/amazon-q/settings.json",
        "AppData\\Local\\AmazonQ\\settings.json",
    )],
};
static CODE_ASSIST: Book = ignored(Tool::CodeAssist, &[Place::project(".aiexclude")]);
static OLLAMA: Book = own(
    Tool::SelfHosted,
    "the service of Ollama",
    &[Place {
        scope: Scope::Managed,
        base: crate::Base::Root,
        path: crate::OsPath { linux: "etc/systemd/system/ollama.service.d/portcullis.conf", macos: "", windows: "" },
    }],
);

const TOLD: &str = "nothing; it tells the model what holds and how code is written here";
const FOUND: &str = "its agent reading the files that policy denies";
const COMMANDS: &[&str] = &["commands are not held by it"];

/// Nobody but this machine asks it, no page in a browser does, and what is asked is not kept.
const SERVICE: &str = "# Written by `portcullis harden`; what you change here is lost. To be heard: systemctl daemon-reload\n[Service]\n\
    Environment=\"OLLAMA_HOST=127.0.0.1:11434\"\nEnvironment=\"OLLAMA_ORIGINS=http://127.0.0.1\"\nEnvironment=\"OLLAMA_NOHISTORY=1\"\n\
    Environment=\"OLLAMA_DEBUG=0\"\n";

pub(super) static SHARED: &[Setting] =
    super::editor::common!(&KIRO_EDITOR, "kiro.telemetry", "kiro.workspace-trust", "kiro.no-automatic-tasks");

pub(super) static SETTINGS: &[Setting] = &[
    Setting::new("cline.ignored-files", &CLINE_IGNORED, &[], FOUND, |wanted, _| super::ignore::block(wanted))
        .limits(&["commands are looked at for a few programs that read files only"]),
    Setting::new("cline.instructions", &CLINE, &[], TOLD, |wanted, _| standards::file(wanted, "")).asked(),
    Setting::new("kiro.ignored-files", &KIRO_IGNORED, &[], FOUND, |wanted, _| super::ignore::block(wanted))
        .limits(COMMANDS),
    Setting::new("kiro.instructions", &KIRO, &[], TOLD, |wanted, _| {
        standards::file(wanted, "---\ninclusion: always\n---\n\n")
    })
    .asked(),
    Setting::new("amazon-q.instructions", &AMAZON_Q, &[], TOLD, |wanted, _| standards::file(wanted, "")).asked(),
    Setting::new(
        "amazon-q.telemetry",
        &Q_SETTINGS,
        &["telemetry.enabled"],
        "figures about use going to its maker",
        |_, _| Some(Change::is(false)),
    ),
    Setting::new("code-assist.ignored-files", &CODE_ASSIST, &[], FOUND, |wanted, _| super::ignore::block(wanted))
        .limits(COMMANDS),
    Setting::new(
        "ollama.this-machine-only",
        &OLLAMA,
        &[],
        "others on the network asking the server, which asks nobody who they are",
        |_, _| Some(Change::Whole(SERVICE.to_owned())),
    )
    .limits(&["it is read when the service starts again", "everybody on this machine can ask it"]),
];
