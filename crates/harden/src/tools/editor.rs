//! Settings that editors have from the one that they were made from, and that each of them keeps in a file of its own.

macro_rules! common {
    ($book:expr, $telemetry:literal, $trust:literal, $tasks:literal) => {
        &[
            $crate::Setting::new(
                $telemetry,
                $book,
                &["telemetry.telemetryLevel"],
                "figures, errors and crashes going to its maker",
                |_, _| Some($crate::Change::is("off")),
            )
            .limits(&["what the agent sends to its models is no telemetry"]),
            $crate::Setting::new(
                $trust,
                $book,
                &["security.workspace.trust.enabled"],
                "settings and tasks of a repository being read before that is trusted",
                |_, _| Some($crate::Change::is(true)),
            ),
            $crate::Setting::new(
                $tasks,
                $book,
                &["task.allowAutomaticTasks"],
                "tasks of a repository running when its folder is opened",
                |_, _| Some($crate::Change::is("off")),
            ),
        ]
    };
}

pub(super) use common;
