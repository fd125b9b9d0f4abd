//! What was spent at the gateway, kept over restarts: a file in the folder of the state that one gateway at a time writes.

use crate::failure::Failure;
use crate::home::Home;
use crate::keys::{now, private};
use crate::output::Output;
use crate::whole::{self, Rights};
use portcullis_gateway::limits::{Books, Budget, Coin, Each, Kept, Limit, Limits, Price, Rate, Spent};
use portcullis_gateway::who::Pattern;
use portcullis_policy::{self as policy, GatewayLimit, GatewayPrice, GatewayRate, GatewaySum, ValidPolicy};
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Below the folder of the state.
const FILE: &str = "gateway-budgets.json";

/// Held by the gateway that writes it.
const LOCK: &str = "gateway-budgets.lock";

/// So many rows as are counted apart fit.
const LARGEST: u64 = 8 << 20;

const VERSION: u8 = 1;

/// The file, as it is written.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    version: u8,
    /// The latest time that was seen.
    latest: u64,
    spent: Vec<Row>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    limit: String,
    coin: Word,
    subject: String,
    window: u64,
    amount: u64,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Word {
    Tokens,
    Cost,
}

/// Keeps the books.
#[derive(Debug)]
struct FileBooks {
    home: Home,
    /// Held from when there is a budget, as long as the gateway runs.
    lock: Mutex<Option<File>>,
}

impl Books for FileBooks {
    fn now(&self) -> u64 {
        now()
    }

    fn keep(&self, spent: &[Spent], now: u64) -> io::Result<()> {
        let written = Written { version: VERSION, latest: now, spent: spent.iter().map(Row::of).collect() };
        let text = serde_json::to_vec(&written)?;
        whole::replace(&self.home.path().join(FILE), &text, Rights::Private)
    }
}

impl Row {
    fn of(spent: &Spent) -> Self {
        let Spent { limit, coin, subject, window, amount } = spent.clone();
        let coin = match coin {
            Coin::Tokens => Word::Tokens,
            Coin::Cost => Word::Cost,
        };
        Self { limit, coin, subject, window, amount }
    }

    fn read(self) -> Spent {
        let Self { limit, coin, subject, window, amount } = self;
        let coin = match coin {
            Word::Tokens => Coin::Tokens,
            Word::Cost => Coin::Cost,
        };
        Spent { limit, coin, subject, window, amount }
    }
}

/// The limits of a gateway, by the policy of now.
#[derive(Debug)]
pub(crate) struct Budgets {
    books: Arc<FileBooks>,
    limits: Arc<Limits>,
    output: Output,
}

/// What other limits are made of.
#[derive(Debug)]
pub(crate) struct Change {
    limits: Vec<Limit>,
    prices: Vec<Price>,
    kept: Option<Kept>,
}

impl Budgets {
    /// What policy limits, from what was kept.
    pub(crate) fn open(home: Home, policy: &ValidPolicy, output: Output) -> Result<Self, Failure> {
        let books = Arc::new(FileBooks { home, lock: Mutex::new(None) });
        let none = Kept::Known(Vec::new(), 0);
        let limits = Arc::new(Limits::new(Vec::new(), Vec::new(), Arc::clone(&books) as _, none));
        let budgets = Self { books, limits, output };
        let change = budgets.prepare(policy)?;
        budgets.go_by(change);
        Ok(budgets)
    }

    pub(crate) fn limits(&self) -> Arc<Limits> {
        Arc::clone(&self.limits)
    }

    /// What another policy limits. Nothing changes yet.
    pub(crate) fn prepare(&self, policy: &ValidPolicy) -> Result<Change, Failure> {
        let unusable = |why: &str| Failure::usage(format!("a limit of the gateway can't be used: {why}"));
        let limits = policy.gateway_limits().into_iter().map(limit).collect::<Result<Vec<_>, _>>().map_err(unusable)?;
        let prices = policy.gateway_prices().into_iter().map(price).collect::<Result<Vec<_>, _>>().map_err(unusable)?;
        let is_new = Limits::has_budgets(&limits) && self.books.take()?;
        let kept = is_new.then(|| read(&self.books.home.path().join(FILE), self.output));
        Ok(Change { limits, prices, kept })
    }

    /// Goes by it.
    pub(crate) fn go_by(&self, Change { limits, prices, kept }: Change) {
        self.limits.change(limits, prices, kept);
    }
}

impl FileBooks {
    /// Takes the books, so that no other gateway writes them; whether they were not taken before.
    fn take(&self) -> Result<bool, Failure> {
        let mut held = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        if held.is_some() {
            return Ok(false);
        }
        self.home.ensure()?;
        let path = self.home.path().join(LOCK);
        let failed = |error: &io::Error| Failure::io("keep the budgets of the gateway", Some(&path), error);
        let lock = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&path);
        let lock = lock.map_err(|error| failed(&error))?;
        match lock.try_lock() {
            Ok(()) => {
                *held = Some(lock);
                Ok(true)
            }
            Err(TryLockError::WouldBlock) => Err(Failure::incomplete("another gateway keeps the budgets")
                .at(path.to_string_lossy())
                .because("two of them would each let the whole budget pass")
                .fix("use that one, or start this one with another folder: --home DIR")),
            Err(TryLockError::Error(error)) => Err(failed(&error)),
        }
    }
}

fn read(path: &Path, output: Output) -> Kept {
    let read = private(path, LARGEST).and_then(|text| match text {
        None => Ok(Kept::Known(Vec::new(), 0)),
        Some(text) => {
            let written: Written = serde_json::from_str(&text).map_err(|error| error.to_string())?;
            if written.version != VERSION {
                return Err(format!("its version is {}, and this program knows {VERSION}", written.version));
            }
            Ok(Kept::Known(written.spent.into_iter().map(Row::read).collect(), written.latest))
        }
    });
    read.unwrap_or_else(|why| {
        output.remark(&format!(
            "what was spent can't be read, so all budgets count as spent: {why} ({}); remove the file to begin anew",
            path.display()
        ));
        Kept::Damaged
    })
}

fn patterns(texts: &[String]) -> Result<Vec<Pattern>, &'static str> {
    texts.iter().map(|text| Pattern::parse(text)).collect()
}

fn limit(limit: GatewayLimit) -> Result<Limit, &'static str> {
    let rate = |GatewayRate { count, seconds, burst }| Rate::new(count, Duration::from_secs(seconds), burst);
    let budget = |GatewaySum { amount, seconds }| Budget { amount, period: seconds };
    Ok(Limit {
        name: limit.name,
        models: patterns(&limit.models)?,
        keys: patterns(&limit.keys)?,
        each: match limit.each {
            policy::Each::Key => Each::Key,
            policy::Each::Model => Each::Model,
            policy::Each::Address => Each::Address,
            policy::Each::All => Each::All,
        },
        requests: limit.requests.map(rate),
        calls: limit.calls.map(rate),
        tokens: limit.tokens.map(budget),
        cost: limit.cost.map(budget),
    })
}

fn price(price: GatewayPrice) -> Result<Price, &'static str> {
    let GatewayPrice { models, input, output, cached, written } = price;
    Ok(Price { models: patterns(&models)?, input, output, cached, written })
}
