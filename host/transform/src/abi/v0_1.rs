//! Contract 0.1.
//!
//! Wiring one more of the contract's interfaces: name it in both lists of `bindgen!`, in `wire!`, and convert its
//! facts in `convert`.

mod convert;

use crate::sandbox::Guest;
use crate::siblings::Owner;
use proxbox_model::facts::*;
use std::future::Future;
use wasmtime::Store;
use wasmtime::component::{HasSelf, Instance, InstancePre, Linker};

pub(crate) use convert::to_model;
pub(crate) use generated::exports::proxbox::transform::about::Identity;
use generated::proxbox::transform::types;
pub(crate) use types::{Context, Outcome as RawOutcome};

/// The contract's package.
pub(crate) const PACKAGE: &str = "proxbox:transform";

/// The newest contract version that this host speaks.
pub(crate) const CONTRACT: &str = "0.1.0";

#[allow(missing_docs, unreachable_pub, clippy::all)]
mod generated {
    wasmtime::component::bindgen!({
        inline: "
            package proxbox:host;

            world host {
                import proxbox:transform/log@0.1.0;
                import proxbox:transform/cluster@0.1.0;
                import proxbox:transform/node@0.1.0;
                import proxbox:transform/node-interface@0.1.0;
                import proxbox:transform/storage@0.1.0;
                import proxbox:transform/virtual-machine@0.1.0;
                import proxbox:transform/virtual-disk@0.1.0;
                import proxbox:transform/vm-interface@0.1.0;
                import proxbox:transform/mac-address@0.1.0;
                import proxbox:transform/vlan@0.1.0;
                import proxbox:transform/ip-address@0.1.0;
                import proxbox:transform/primary-ip@0.1.0;
                import proxbox:transform/snapshot@0.1.0;
                import proxbox:transform/backup@0.1.0;
                import proxbox:transform/backup-routine@0.1.0;
                import proxbox:transform/replication@0.1.0;
                import proxbox:transform/task@0.1.0;
                import proxbox:transform/cloud-init@0.1.0;
                import proxbox:transform/guest-interface@0.1.0;
                export proxbox:transform/about@0.1.0;
                export proxbox:transform/cluster@0.1.0;
                export proxbox:transform/node@0.1.0;
                export proxbox:transform/node-interface@0.1.0;
                export proxbox:transform/storage@0.1.0;
                export proxbox:transform/virtual-machine@0.1.0;
                export proxbox:transform/virtual-disk@0.1.0;
                export proxbox:transform/vm-interface@0.1.0;
                export proxbox:transform/mac-address@0.1.0;
                export proxbox:transform/vlan@0.1.0;
                export proxbox:transform/ip-address@0.1.0;
                export proxbox:transform/primary-ip@0.1.0;
                export proxbox:transform/snapshot@0.1.0;
                export proxbox:transform/backup@0.1.0;
                export proxbox:transform/backup-routine@0.1.0;
                export proxbox:transform/replication@0.1.0;
                export proxbox:transform/task@0.1.0;
                export proxbox:transform/cloud-init@0.1.0;
                export proxbox:transform/guest-interface@0.1.0;
            }
        ",
        path: "../../wit/v0.1",
        imports: { default: async | trappable },
        exports: { default: async },
    });
}

/// Facts of one object type, and the interface that maps them.
pub(crate) trait Mapper: Sized + Send + Sync + 'static {
    /// The interface.
    const INTERFACE: Interface;
    /// What one object is called in messages: `virtual machine`.
    const NOUN: &'static str;

    /// Which object it is: `101 (web01)`.
    fn label(&self) -> String;

    /// Whose it is together with its siblings, of which a mapper sees all in one call; none when it has none.
    fn owner(&self) -> Option<Owner<'_>>;

    /// Calls the module's export. The outcomes are as the module gave them, not checked.
    fn call(
        exports: &Exports,
        store: &mut Store<Guest>,
        instance: &Instance,
        context: &Context,
        facts: &[&Self],
    ) -> impl Future<Output = wasmtime::Result<Vec<RawOutcome>>> + Send;
}

/// What is there, else what stands behind it.
macro_rules! first {
    ($there:expr $(, $otherwise:expr)*) => {
        $there
    };
}

macro_rules! wire {
    ($($variant:ident $name:literal $module:ident $facts:ident, $noun:literal, $label:expr $(, among $owner:expr)?;)+) => {
        /// The interfaces of the contract that this host runs.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        #[expect(clippy::enum_variant_names, reason = "the contract has interfaces of nodes and guests")]
        pub(crate) enum Interface { $($variant),+ }

        impl Interface {
            pub(crate) const ALL: &[Self] = &[$(Self::$variant),+];

            /// Name in the contract.
            pub(crate) fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }
        }

        /// The mappers that a component exports.
        #[derive(Clone)]
        pub(crate) struct Exports {
            about: Option<generated::exports::proxbox::transform::about::GuestIndices>,
            $($module: Option<generated::exports::proxbox::transform::$module::GuestIndices>,)+
        }

        impl Exports {
            /// Finds the exports that the module was seen to have.
            pub(crate) fn find(pre: &InstancePre<Guest>, interfaces: &[Interface]) -> wasmtime::Result<Self> {
                use generated::exports::proxbox::transform as exports;
                Ok(Self {
                    about: exports::about::GuestIndices::new(pre).ok(),
                    $($module: interfaces
                        .contains(&Interface::$variant)
                        .then(|| exports::$module::GuestIndices::new(pre))
                        .transpose()?,)+
                })
            }

            /// Checks the types of the exports against the contract.
            pub(crate) fn check(&self, store: &mut Store<Guest>, instance: &Instance) -> wasmtime::Result<()> {
                $(if let Some(indices) = &self.$module {
                    indices.load(&mut *store, instance)?;
                })+
                Ok(())
            }
        }

        /// Links what the contract lets a module import.
        pub(crate) fn add_to_linker(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
            use generated::proxbox::transform as imports;
            imports::types::add_to_linker::<Guest, HasSelf<Guest>>(linker, |guest| guest)?;
            imports::facts::add_to_linker::<Guest, HasSelf<Guest>>(linker, |guest| guest)?;
            imports::log::add_to_linker::<Guest, HasSelf<Guest>>(linker, |guest| guest)?;
            $(imports::$module::add_to_linker::<Guest, HasSelf<Guest>>(linker, |guest| guest)?;)+
            Ok(())
        }

        $(
            impl generated::proxbox::transform::$module::Host for Guest {
                async fn transform(
                    &mut self,
                    _context: Context,
                    facts: Vec<convert::wit::$facts>,
                ) -> wasmtime::Result<Vec<RawOutcome>> {
                    let facts = facts.into_iter().map($facts::try_from).collect::<Result<Vec<_>, _>>()?;
                    let outcomes = self.call_next(facts).await?;
                    Ok(outcomes.into_iter().map(convert::to_wit).collect())
                }
            }

            impl Mapper for $facts {
                const INTERFACE: Interface = Interface::$variant;
                const NOUN: &'static str = $noun;

                fn label(&self) -> String {
                    let label: fn(&$facts) -> String = $label;
                    label(self)
                }

                fn owner(&self) -> Option<Owner<'_>> {
                    let owner: fn(&$facts) -> Option<Owner<'_>> = first![$($owner,)? |_| None];
                    owner(self)
                }

                async fn call(
                    exports: &Exports,
                    store: &mut Store<Guest>,
                    instance: &Instance,
                    context: &Context,
                    facts: &[&Self],
                ) -> wasmtime::Result<Vec<RawOutcome>> {
                    let Some(indices) = &exports.$module else {
                        wasmtime::bail!("`{}` is not exported", $name);
                    };
                    let mapper = indices.load(&mut *store, instance)?;
                    let facts: Vec<_> = facts.iter().map(|facts| convert::wit::$facts::from(*facts)).collect();
                    mapper.call_transform(store, context, &facts).await
                }
            }
        )+
    };
}

wire! {
    Cluster "cluster" cluster ClusterFacts, "cluster", |facts| facts.name.clone();
    Node "node" node NodeFacts, "node", |facts| facts.name.clone();
    NodeInterface "node-interface" node_interface NodeInterfaceFacts, "interface",
        |facts| format!("{} of {}", facts.name, facts.node), among |facts| Some(Owner::Node(&facts.node));
    Storage "storage" storage StorageFacts, "storage", |facts| facts.name.clone();
    VirtualMachine "virtual-machine" virtual_machine GuestFacts, "guest",
        |facts| format!("{} ({})", facts.vmid, facts.name);
    VirtualDisk "virtual-disk" virtual_disk VirtualDiskFacts, "disk", |facts| of_guest(&facts.key, facts.vmid);
    VmInterface "vm-interface" vm_interface VmInterfaceFacts, "interface",
        |facts| of_guest(&facts.key, facts.vmid), among |facts| Some(Owner::Guest(facts.vmid));
    MacAddress "mac-address" mac_address MacAddressFacts, "MAC address",
        |facts| of_guest(&facts.mac, facts.vmid), among |facts| Some(Owner::Guest(facts.vmid));
    Vlan "vlan" vlan VlanFacts, "VLAN", |facts| facts.id.to_string();
    IpAddress "ip-address" ip_address IpAddressFacts, "IP address",
        |facts| facts.address.ip.clone(), among |facts| Some(owner_of(&facts.owner));
    PrimaryIp "primary-ip" primary_ip PrimaryIpFacts, "guest", |facts| facts.vmid.to_string();
    Snapshot "snapshot" snapshot SnapshotFacts, "snapshot", |facts| of_guest(&facts.name, facts.vmid);
    Backup "backup" backup BackupFacts, "backup", |facts| facts.volume_id.clone();
    BackupRoutine "backup-routine" backup_routine BackupRoutineFacts, "backup job", |facts| facts.id.clone();
    Replication "replication" replication ReplicationFacts, "replication job", |facts| facts.id.clone();
    Task "task" task TaskFacts, "task", |facts| facts.upid.clone();
    CloudInit "cloud-init" cloud_init CloudInitFacts, "guest", |facts| facts.vmid.to_string();
    GuestInterface "guest-interface" guest_interface GuestInterfaceFacts, "guest interface",
        |facts| of_guest(&facts.name, facts.vmid), among |facts| Some(Owner::Guest(facts.vmid));
}

fn owner_of(owner: &AddressOwner) -> Owner<'_> {
    match owner {
        AddressOwner::VmInterface(vmid, _) => Owner::Guest(*vmid),
        AddressOwner::NodeInterface(node, _) => Owner::Node(node),
    }
}

fn of_guest(what: &str, vmid: u32) -> String {
    format!("{what} of {vmid}")
}

impl Interface {
    /// The interface of that name.
    pub(crate) fn find(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|interface| interface.as_str() == name)
    }
}

/// Asks a module who it is; none when it does not export `about`.
pub(crate) async fn describe(
    exports: &Exports,
    store: &mut Store<Guest>,
    instance: &Instance,
) -> wasmtime::Result<Option<Identity>> {
    let Some(indices) = &exports.about else { return Ok(None) };
    let about = indices.load(&mut *store, instance)?;
    about.call_describe(store).await.map(Some)
}

/// What a module is told besides its facts.
pub(crate) fn context(source: &Source, target: &Target, options: &str, settings: &str) -> Context {
    convert::context(source, target, options, settings)
}

impl types::Host for Guest {}

impl generated::proxbox::transform::facts::Host for Guest {}

impl generated::proxbox::transform::log::Host for Guest {
    async fn write(
        &mut self,
        level: generated::proxbox::transform::log::Level,
        message: String,
    ) -> wasmtime::Result<()> {
        self.log(level.into(), &message);
        Ok(())
    }
}
