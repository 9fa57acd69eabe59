//! For each interface of the contract: the mapper and override traits, the next mapper, and the export.

use crate::{Context, Outcome};

/// Everything the SDK offers for one interface, named after it.
///
/// The first argument is a literal `$`, for the macros that this macro defines.
macro_rules! interface {
    ($dollar:tt $module:ident, $facts:ident, $mapper:ident, $override:ident, $what:literal) => {
        #[doc = concat!("Maps ", $what, " on its own.\n\n```\n# use proxbox_transform_sdk::{facts, testing, Context, Outcome};\n")]
        #[doc = concat!("use proxbox_transform_sdk::", stringify!($mapper), ";\n\nstruct Site;\n\n")]
        #[doc = concat!("impl ", stringify!($mapper), " for Site {\n")]
        #[doc = concat!("    fn map(_cx: &Context, _fact: &facts::", stringify!($facts), ") -> Outcome {\n")]
        #[doc = "        Outcome::leave_out(\"kept by hand\")\n    }\n}\n"]
        #[doc = "\nassert_eq!(Site::map_all(&testing::context(), &[]), []);\n```"]
        pub trait $mapper {
            /// The outcome for one fact.
            fn map(cx: &Context, fact: &$crate::facts::$facts) -> Outcome;

            /// One outcome for each fact, in the order of the facts.
            fn map_all(cx: &Context, facts: &[$crate::facts::$facts]) -> Vec<Outcome> {
                facts.iter().map(|fact| Self::map(cx, fact)).collect()
            }
        }

        #[doc = concat!("Changes what the next mapper of the chain makes of ", $what, ".\n\n```\n")]
        #[doc = "# use proxbox_transform_sdk::{facts, testing, Context, Outcome, Tag};\n"]
        #[doc = concat!("use proxbox_transform_sdk::", stringify!($override), ";\n\nstruct Site;\n\n")]
        #[doc = concat!("impl ", stringify!($override), " for Site {\n")]
        #[doc = concat!("    fn map(_cx: &Context, _fact: &facts::", stringify!($facts), ", usual: Outcome) -> Outcome {\n")]
        #[doc = "        usual.edit(|draft| draft.tag(Tag::new(\"Ours\", \"4caf50\")))\n    }\n}\n"]
        #[doc = "\nassert_eq!(Site::map_all(&testing::context(), vec![]), []);\n```"]
        pub trait $override {
            /// Changes a fact before the next mapper sees it.
            fn before(_cx: &Context, _fact: &mut $crate::facts::$facts) {}

            /// The outcome for one fact; `usual` is what the next mapper made of it.
            fn map(cx: &Context, fact: &$crate::facts::$facts, usual: Outcome) -> Outcome;

            /// One outcome for each fact, in the order of the facts.
            fn map_all(cx: &Context, mut facts: Vec<$crate::facts::$facts>) -> Vec<Outcome> {
                facts.iter_mut().for_each(|fact| Self::before(cx, fact));
                let usual = next::$module(cx, &facts);
                facts.iter().zip(usual).map(|(fact, usual)| Self::map(cx, fact, usual)).collect()
            }

            /// The outcome for one fact on its own, for tests.
            #[cfg(not(target_arch = "wasm32"))]
            fn map_one(cx: &Context, fact: $crate::facts::$facts) -> Outcome {
                Self::map_all(cx, vec![fact]).pop().unwrap_or_else(crate::testing::unanswered)
            }
        }

        impl<T: $mapper> crate::bindings::$module::Guest for crate::glue::Mapper<T> {
            fn transform(cx: Context, facts: Vec<$crate::facts::$facts>) -> Vec<Outcome> {
                crate::glue::start();
                T::map_all(&cx, &facts)
            }
        }

        impl<T: $override> crate::bindings::$module::Guest for crate::glue::Override<T> {
            fn transform(cx: Context, facts: Vec<$crate::facts::$facts>) -> Vec<Outcome> {
                crate::glue::start();
                T::map_all(&cx, facts)
            }
        }

        #[doc(hidden)]
        #[macro_export]
        macro_rules! $mapper {
            ($dollar ty:ident) => {
                const _: () = {
                    type Glue = $crate::glue::Mapper<$dollar ty>;
                    $crate::bindings::$module::export_mapper!(Glue with_types_in $crate::bindings::$module);
                };
            };
        }

        #[doc(hidden)]
        #[macro_export]
        macro_rules! $override {
            ($dollar ty:ident) => {
                const _: () = {
                    type Glue = $crate::glue::Override<$dollar ty>;
                    $crate::bindings::$module::export_mapper!(Glue with_types_in $crate::bindings::$module);
                };
            };
        }
    };
}

/// Declares the interfaces, and the functions of [`next`] and [`testing`](crate::testing) of the same names.
macro_rules! interfaces {
    ($dollar:tt $($module:ident, $facts:ident, $mapper:ident, $override:ident, $what:literal;)+) => {
        $(interface!($dollar $module, $facts, $mapper, $override, $what);)+

        /// The next mapper of the chain, one function for each interface; at the end stands the built-in one.
        ///
        /// The host puts its own context in place of the one given. A module that never calls a function does not
        /// import it. In native tests, [`testing`](crate::testing) says what answers.
        ///
        /// An override gets the next mapper's outcome handed. A mapper that wants it only now and then, or of other facts,
        /// calls it itself:
        ///
        /// ```
        /// # use proxbox_transform_sdk::{Context, Draft, Outcome, VlanMapper, facts::VlanFacts, next, testing};
        /// struct Servers;
        ///
        /// impl VlanMapper for Servers {
        ///     fn map(cx: &Context, vlan: &VlanFacts) -> Outcome {
        ///         if vlan.id < 100 {
        ///             return Outcome::leave_out("VLANs below 100 are kept by hand");
        ///         }
        ///         let mut usual = next::vlan(cx, std::slice::from_ref(vlan));
        ///         usual.remove(0)
        ///     }
        /// }
        ///
        /// testing::vlan::always(Draft::new("ipam.vlan").text("name", "from below"));
        /// let vlan = |id| VlanFacts { id, bridges: Vec::new() };
        /// let outcomes = Servers::map_all(&testing::context(), &[vlan(20), vlan(200)]);
        /// assert!(matches!(outcomes[0], Outcome::Skip(_)));
        /// assert_eq!(outcomes[1].own().and_then(|vlan| vlan.get_text("name")), Some("from below"));
        /// ```
        pub mod next {
            use crate::{Context, Outcome};
            $(
                #[doc = concat!("What the next mapper makes of ", $what, ": one outcome for each fact, in order.")]
                pub fn $module(cx: &Context, facts: &[crate::facts::$facts]) -> Vec<Outcome> {
                    #[cfg(target_arch = "wasm32")]
                    return crate::bindings::$module::next(cx, facts);
                    #[cfg(not(target_arch = "wasm32"))]
                    return crate::testing::$module::answer(cx, facts);
                }
            )+
        }

        #[cfg(not(target_arch = "wasm32"))]
        pub(crate) mod answers {
            $(
                #[doc = concat!("The mapper that answers `next::", stringify!($module), "` on this thread.")]
                pub mod $module {
                    use crate::{Context, Outcome};
                    use std::cell::RefCell;
                    use std::rc::Rc;

                    type Next = dyn Fn(&Context, &[crate::facts::$facts]) -> Vec<Outcome>;
                    thread_local!(static NEXT: RefCell<Option<Rc<Next>>> = const { RefCell::new(None) });

                    /// Lets this mapper answer, until another one is set.
                    pub fn set(next: impl Fn(&Context, &[crate::facts::$facts]) -> Vec<Outcome> + 'static) {
                        NEXT.set(Some(Rc::new(next)));
                    }

                    /// Lets this outcome be the answer for every fact, until something else is set.
                    pub fn always(outcome: impl Into<Outcome>) {
                        let outcome = outcome.into();
                        set(move |_, facts| vec![outcome.clone(); facts.len()]);
                    }

                    pub(crate) fn answer(cx: &Context, facts: &[crate::facts::$facts]) -> Vec<Outcome> {
                        let next = NEXT.with_borrow(Clone::clone);
                        next.map_or_else(
                            || facts.iter().map(|_| crate::testing::unanswered()).collect(),
                            |next| next(cx, facts),
                        )
                    }
                }
            )+
        }
    };
}

interfaces! { $
    cluster, ClusterFacts, ClusterMapper, ClusterOverride, "a Proxmox cluster, or a node on its own";
    node, NodeFacts, NodeMapper, NodeOverride, "a node";
    node_interface, NodeInterfaceFacts, NodeInterfaceMapper, NodeInterfaceOverride, "an interface of a node";
    storage, StorageFacts, StorageMapper, StorageOverride, "a storage definition";
    virtual_machine, GuestFacts, VirtualMachineMapper, VirtualMachineOverride, "a virtual machine or container";
    virtual_disk, VirtualDiskFacts, VirtualDiskMapper, VirtualDiskOverride, "a disk of a guest";
    vm_interface, VmInterfaceFacts, VmInterfaceMapper, VmInterfaceOverride, "a network line of a guest";
    mac_address, MacAddressFacts, MacAddressMapper, MacAddressOverride, "a MAC address";
    vlan, VlanFacts, VlanMapper, VlanOverride, "a VLAN id";
    ip_address, IpAddressFacts, IpAddressMapper, IpAddressOverride, "an IP address";
    primary_ip, PrimaryIpFacts, PrimaryIpMapper, PrimaryIpOverride, "the candidates for a guest's primary addresses";
    snapshot, SnapshotFacts, SnapshotMapper, SnapshotOverride, "a snapshot";
    backup, BackupFacts, BackupMapper, BackupOverride, "a backup";
    backup_routine, BackupRoutineFacts, BackupRoutineMapper, BackupRoutineOverride, "a backup job";
    replication, ReplicationFacts, ReplicationMapper, ReplicationOverride, "a replication job";
    task, TaskFacts, TaskMapper, TaskOverride, "a task";
    cloud_init, CloudInitFacts, CloudInitMapper, CloudInitOverride, "cloud-init settings";
    guest_interface, GuestInterfaceFacts, GuestInterfaceMapper, GuestInterfaceOverride, "an interface inside a guest";
}
