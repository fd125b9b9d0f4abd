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
use std::path::PathBuf;
use std::sync::Arc;
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
    path: PathBuf,
    /// Held as long as the gateway runs.
    _lock: File,
}

impl Books for FileBooks {
    fn now(&self) -> u64 {
        now()
    }

    fn keep(&self, spent: &[Spent], now: u64) -> io::Result<()> {
        let written = Written { version: VERSION, latest: now, spent: spent.iter().map(Row::of).collect() };
        let text = serde_json::to_vec(&written)?;
        whole::replace(&self.path, &text, Rights::Private)
    }
}

/// Nothing is kept where there is no budget.
#[derive(Debug)]
struct NoBooks;

impl Books for NoBooks {
    fn now(&self) -> u64 {
        now()
    }

    fn keep(&self, _: &[Spent], _: u64) -> io::Result<()> {
        Ok(())
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

/// What policy limits; nothing if it limits nothing.
pub(crate) fn of_policy(home: &Home, policy: &ValidPolicy, output: Output) -> Result<Option<Arc<Limits>>, Failure> {
    let unusable = |why: &str| Failure::usage(format!("a limit of the gateway can't be used: {why}"));
    let limits = policy.gateway_limits().into_iter().map(limit).collect::<Result<Vec<_>, _>>().map_err(unusable)?;
    let prices = policy.gateway_prices().into_iter().map(price).collect::<Result<Vec<_>, _>>().map_err(unusable)?;
    if limits.is_empty() && prices.is_empty() {
        return Ok(None);
    }
    let (books, kept): (Arc<dyn Books>, Kept) = if Limits::has_budgets(&limits) {
        let books = open(home)?;
        let kept = read(&books, output);
        (Arc::new(books), kept)
    } else {
        (Arc::new(NoBooks), Kept::Known(Vec::new(), 0))
    };
    Ok(Some(Arc::new(Limits::new(limits, prices, books, kept))))
}

fn open(home: &Home) -> Result<FileBooks, Failure> {
    home.ensure()?;
    let path = home.path().join(LOCK);
    let failed = |error: &io::Error| Failure::io("keep the budgets of the gateway", Some(&path), error);
    let lock = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&path);
    let lock = lock.map_err(|error| failed(&error))?;
    match lock.try_lock() {
        Ok(()) => Ok(FileBooks { path: home.path().join(FILE), _lock: lock }),
        Err(TryLockError::WouldBlock) => Err(Failure::incomplete("another gateway keeps the budgets")
            .at(path.to_string_lossy())
            .because("two of them would each let the whole budget pass")
            .fix("use that one, or start this one with another folder: --home DIR")),
        Err(TryLockError::Error(error)) => Err(failed(&error)),
    }
}

fn read(books: &FileBooks, output: Output) -> Kept {
    let read = private(&books.path, LARGEST).and_then(|text| match text {
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
            books.path.display()
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
    let GatewayPrice { models, input, output, cached } = price;
    Ok(Price { models: patterns(&models)?, input, output, cached })
}
