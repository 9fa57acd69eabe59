//! What is said once a client is known.

use super::Channel;
use super::command::{Asked, Command, parse};
use super::link::{DONE, End, Heard, Link, POLICY, TROUBLE};
use super::progress::{Progress, Voice};
use crate::query::Params;
use crate::routes;
use crate::state::AppState;
use futures::{Stream, StreamExt as _};
use proxbox_model::event::Event;
use std::collections::VecDeque;
use std::time::Duration;

const TICK: Duration = Duration::from_secs(2);
/// Commands that may wait while one is carried out.
const MAX_QUEUED: usize = 16;

/// Serves a channel and says how it ended.
pub(super) async fn serve(state: &AppState, link: &mut Link, channel: Channel) -> End {
    let served = match channel {
        Channel::Counter => count(link).await,
        Channel::Commands => commands(state, link).await,
        Channel::VirtualMachines => machines(state, link).await,
    };
    match served {
        Ok(()) => End::close(DONE, ""),
        Err(end) => end,
    }
}

/// Counts until somebody leaves.
async fn count(link: &mut Link) -> Result<(), End> {
    for number in 1_u64.. {
        link.say(format!("Message: {number}")).await?;
        if let Ok(end) = tokio::time::timeout(TICK, ended(link)).await {
            return Err(end);
        }
    }
    Ok(())
}

/// Waits for the end of the connection; what is said until then does not matter.
async fn ended(link: &mut Link) -> End {
    loop {
        if let Err(end) = link.listen_while_open().await {
            return end;
        }
    }
}

/// One machine sync, from the beginning to the end.
async fn machines(state: &AppState, link: &mut Link) -> Result<(), End> {
    link.say("Connected!".to_owned()).await?;
    let command = Command::VirtualMachines;
    match routes::start(state, &Params::from([]), command.stages()).await {
        Ok(run) => {
            let progress = Progress::new(command, Voice::new(None));
            tell(link, run.events(), progress, &mut VecDeque::new()).await
        }
        Err(error) => {
            let sentence = error.sentence();
            link.say(format!("Error: {sentence}")).await?;
            Err(End::close(TROUBLE, sentence))
        }
    }
}

/// Carries out commands, one at a time, in the order in which they came.
async fn commands(state: &AppState, link: &mut Link) -> Result<(), End> {
    link.say("Connected!".to_owned()).await?;
    link.say("Connected 2!".to_owned()).await?;
    let mut queue = VecDeque::new();
    loop {
        let heard = match queue.pop_front() {
            Some(heard) => heard,
            None => link.listen_while_open().await?,
        };
        let asked = match &heard {
            Heard::Text(text) => parse(text),
            Heard::Bytes => Asked::Malformed,
        };
        match asked {
            Asked::Run(command, run_id) => {
                carry_out(state, link, command, Voice::new(run_id), &mut queue).await?;
            }
            Asked::Unknown(text) => {
                link.say(format!("Invalid command: {text}")).await?;
                let valid = "Valid commands: 'Sync Nodes', 'Sync Virtual Machines', 'Full Update Sync'";
                link.say(valid.to_owned()).await?;
            }
            Asked::Malformed => link.say("Invalid sync command".to_owned()).await?,
        }
    }
}

async fn carry_out(
    state: &AppState,
    link: &mut Link,
    command: Command,
    voice: Voice,
    queue: &mut VecDeque<Heard>,
) -> Result<(), End> {
    if command == Command::Nodes {
        link.say(voice.text("Sync Nodes")).await?;
    }
    let progress = Progress::new(command, voice);
    match routes::start(state, &Params::from([]), command.stages()).await {
        Ok(run) => tell(link, run.events(), progress, queue).await,
        Err(error) => {
            for frame in progress.failed(&error.sentence()) {
                link.say(frame).await?;
            }
            Ok(())
        }
    }
}

/// Tells a run to its end. The client is listened to meanwhile: it may leave, and what it asks for waits.
async fn tell(
    link: &mut Link,
    events: impl Stream<Item = Event>,
    mut progress: Progress,
    queue: &mut VecDeque<Heard>,
) -> Result<(), End> {
    let mut events = std::pin::pin!(events);
    loop {
        tokio::select! {
            biased;
            event = events.next() => {
                let Some(event) = event else { return Ok(()) };
                for frame in progress.frames(&event) {
                    link.say(frame).await?;
                }
            }
            heard = link.listen() => {
                queue.push_back(heard?);
                if queue.len() > MAX_QUEUED {
                    return Err(End::close(POLICY, "Too many commands are waiting."));
                }
            }
        }
    }
}
