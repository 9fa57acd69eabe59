/// Exports a type as a module. Name, version and description are those of the package.
///
/// ```
/// # use proxbox_transform_sdk::{Context, Outcome, NodeMapper, VlanOverride, export, facts};
/// struct Site;
///
/// impl NodeMapper for Site {
///     fn map(_cx: &Context, node: &facts::NodeFacts) -> Outcome {
///         Outcome::leave_out("nodes are kept by hand")
///     }
/// }
///
/// impl VlanOverride for Site {
///     fn map(_cx: &Context, vlan: &facts::VlanFacts, usual: Outcome) -> Outcome {
///         usual.edit(|draft| draft.text("description", "from Proxmox"))
///     }
/// }
///
/// export!(Site: NodeMapper + VlanOverride, settings: r#"{"type": "object"}"#);
/// ```
///
/// `settings` is the JSON Schema of the module's settings; without it, it takes none.
///
/// Outside WebAssembly it exports nothing, so that any number of modules can be linked into one test.
#[macro_export]
macro_rules! export {
    ($module:ident : $first:ident $(+ $more:ident)*) => {
        $crate::export!($module: $first $(+ $more)*, settings: "{}");
    };
    ($module:ident : $first:ident $(+ $more:ident)*, settings: $schema:expr) => {
        #[cfg(target_arch = "wasm32")]
        const _: () = {
            $crate::$first!($module);
            $($crate::$more!($module);)*

            struct About;

            impl $crate::bindings::about::Guest for About {
                fn describe() -> $crate::bindings::about::Identity {
                    $crate::glue::identity(
                        env!("CARGO_PKG_NAME"),
                        env!("CARGO_PKG_VERSION"),
                        env!("CARGO_PKG_DESCRIPTION"),
                        $schema,
                    )
                }
            }

            $crate::bindings::about::export_about!(About with_types_in $crate::bindings::about);

            const MANIFEST: &str = concat!(
                "{\"name\":\"",
                env!("CARGO_PKG_NAME"),
                "\",\"version\":\"",
                env!("CARGO_PKG_VERSION"),
                "\",\"contract\":\"0.1.0\"}"
            );

            #[unsafe(link_section = "proxbox:module")]
            static SECTION: [u8; MANIFEST.len()] = $crate::glue::section(MANIFEST);
        };
    };
}
