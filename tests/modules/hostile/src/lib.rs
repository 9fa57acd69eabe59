//! Misbehaves as its settings say: `{"behaviour": "panic", "vmid": 101}`.
//!
//! With a `vmid`, only on that guest; without one, on every guest. The others are mapped as usual. Without settings it
//! passes everything through.

mod outside;

use proxbox_transform_sdk::facts::GuestFacts;
use proxbox_transform_sdk::{
    Context, Draft, Outcome, Reference, Rejection, Value, VirtualMachineOverride, export, info, next,
};
use std::hint::black_box;

/// One way of misbehaving.
#[derive(Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Behaviour {
    /// Panics.
    Panic,
    /// Writes to standard error, then panics.
    StderrPanic,
    /// Loops for ever.
    Loop,
    /// Allocates without end.
    Allocate,
    /// Recurses without end.
    Recurse,
    /// Calls the next mapper for ever.
    NextForever,
    /// Leaves an outcome out.
    TooFew,
    /// Gives an outcome twice.
    TooMany,
    /// Gives no outcome at all for the whole batch.
    Nothing,
    /// Returns a description of `size` bytes, 100 MB unless told.
    Huge,
    /// Returns `size` companions, 100 000 unless told.
    ManyDrafts,
    /// Logs `size` lines, 100 000 unless told.
    LogFlood,
    /// Sets a field that NetBox does not have.
    UnknownField,
    /// Sets a field to a value of the wrong type.
    WrongType,
    /// Returns a draft of a kind that NetBox does not have.
    UnknownKind,
    /// Refers to an object that is nowhere.
    DanglingReference,
    /// Keeps an empty list of drafts.
    KeepNothing,
    /// Gives out this guest for another one.
    WrongIdentity,
    /// Leaves the guest out.
    Skip,
    /// Rejects the guest.
    Reject,
    /// Tries to read and write files.
    File,
    /// Tries to connect, to listen and to look a name up.
    Socket,
    /// Reads the environment and the arguments.
    Environment,
    /// Reads the clocks and the random numbers.
    Clock,
    /// Ends the process.
    Exit,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Settings {
    behaviour: Option<Behaviour>,
    vmid: Option<u32>,
    size: Option<usize>,
}

/// Misbehaves as its settings say.
pub struct Hostile;

impl VirtualMachineOverride for Hostile {
    fn map(_cx: &Context, _guest: &GuestFacts, usual: Outcome) -> Outcome {
        usual
    }

    fn map_all(cx: &Context, guests: Vec<GuestFacts>) -> Vec<Outcome> {
        let settings: Settings = match cx.settings() {
            Ok(settings) => settings,
            Err(wrong) => return guests.iter().map(|_| wrong.clone().into()).collect(),
        };
        let Some(behaviour) = settings.behaviour else { return next::virtual_machine(cx, &guests) };
        let guilty = |guest: &GuestFacts| settings.vmid.is_none_or(|vmid| vmid == guest.vmid);
        if behaviour == Behaviour::Nothing && guests.iter().any(guilty) {
            return Vec::new();
        }
        let usual = next::virtual_machine(cx, &guests);
        let mut outcomes = Vec::new();
        for (guest, usual) in guests.iter().zip(usual) {
            if guilty(guest) {
                outcomes.extend(misbehave(behaviour, cx, guest, usual, settings.size));
            } else {
                outcomes.push(usual);
            }
        }
        outcomes
    }
}

fn misbehave(
    behaviour: Behaviour,
    cx: &Context,
    guest: &GuestFacts,
    usual: Outcome,
    size: Option<usize>,
) -> Vec<Outcome> {
    let changed = |change: fn(Draft) -> Draft| vec![usual.clone().edit(change)];
    match behaviour {
        Behaviour::Panic => panic!("cannot cope with vmid {}", guest.vmid),
        Behaviour::StderrPanic => {
            eprintln!("about to give up on vmid {}", guest.vmid);
            panic!("gave up")
        }
        Behaviour::Loop => loop {
            black_box(guest);
        },
        Behaviour::Allocate => allocate(),
        Behaviour::Recurse => vec![Outcome::leave_out(recurse(guest.vmid.into()).to_string())],
        Behaviour::NextForever => loop {
            black_box(next::virtual_machine(cx, std::slice::from_ref(guest)));
        },
        Behaviour::TooFew | Behaviour::Nothing => Vec::new(),
        Behaviour::TooMany => vec![usual.clone(), usual],
        Behaviour::Huge => {
            let text = "x".repeat(size.unwrap_or(100_000_000));
            vec![usual.edit(|vm| vm.text("description", text))]
        }
        Behaviour::ManyDrafts => {
            let companions =
                (0..size.unwrap_or(100_000)).map(|n| Draft::named("dcim.devicerole", &format!("Role {n}")));
            vec![companions.fold(usual, Outcome::bring)]
        }
        Behaviour::LogFlood => {
            (0..size.unwrap_or(100_000)).for_each(|line| info!("line {line} about vmid {}", guest.vmid));
            vec![usual]
        }
        Behaviour::UnknownField => changed(|vm| vm.text("colour_of_the_case", "beige")),
        Behaviour::WrongType => changed(|vm| vm.with("memory", Value::Text("plenty".to_owned()))),
        Behaviour::UnknownKind => vec![usual.bring(Draft::new("plumbing.valve").text("name", "stopcock"))],
        Behaviour::DanglingReference => {
            changed(|vm| vm.reference("tenant", Reference::new("tenancy.tenant", "slug", "nobody-knows")))
        }
        Behaviour::KeepNothing => vec![Outcome::Keep(Vec::new())],
        Behaviour::WrongIdentity => changed(|vm| vm.custom("proxmox_vm_id", 1_i64)),
        Behaviour::Skip => vec![Outcome::leave_out("not wanted here")],
        Behaviour::Reject => {
            vec![Rejection::new("too-strange", "This guest is too strange.").of("name").into()]
        }
        Behaviour::File => vec![outside::report(usual, &outside::files())],
        Behaviour::Socket => vec![outside::report(usual, &outside::sockets())],
        Behaviour::Environment => vec![outside::report(usual, &outside::environment())],
        Behaviour::Clock => vec![outside::report(usual, &outside::clocks())],
        Behaviour::Exit => std::process::exit(7),
    }
}

fn allocate() -> ! {
    let mut hoard = Vec::new();
    loop {
        hoard.push(vec![1_u8; 1 << 20]);
        black_box(&hoard);
    }
}

/// Deep rather than tail-recursive: every frame holds something that is read after the call.
#[allow(unconditional_recursion, reason = "that is the behaviour")]
fn recurse(depth: u64) -> u64 {
    let frame = black_box([depth; 16]);
    recurse(depth + 1) + frame.iter().sum::<u64>()
}

export!(Hostile: VirtualMachineOverride, settings: r#"{"type":"object","properties":{"behaviour":{"type":"string"},"vmid":{"type":"integer"},"size":{"type":"integer"}}}"#);
