"""The SDK without WebAssembly: `python3 -m unittest`, with the types that `componentize-py bindings` writes on the path."""

import json
import unittest
from dataclasses import dataclass, field
from decimal import Decimal

import proxbox_sdk as sdk
from wit_world.imports import types


def context(settings=None, options=None):
    source = types.Source("lab", "https://pve.example.org:8006", "lab", "cluster", "9.1", 1_767_225_600)
    target = types.Target("4.7.3", ["sync-state"])
    return types.Context(source, target, json.dumps(options or {}), json.dumps(settings or {}))


def mapped(change, settings=None, facts=(None,)):
    """What a module that wraps with `change` makes of facts of which the next mapper keeps an empty draft."""
    interface = sdk.Interface("virtual_machine")
    interface.wrap(change)

    def usual(_context, facts):
        return [types.Outcome_Keep([types.Draft("x", [], [], [], [])]) for _ in facts]

    return sdk.exported(interface, "wrap", usual)().transform(context(settings), list(facts))


def values(**fields):
    return [entry.value for entry in sdk.Draft("x", **fields).record.fields]


@dataclass
class Inner:
    on: bool = False


@dataclass
class Settings:
    limit: int
    names: list[str] = field(default_factory=list)
    maybe: str | None = None
    inner: Inner = field(default_factory=Inner)


class Sdk(unittest.TestCase):
    def test_values_go_into_the_sort_of_field_that_they_are(self):
        tenant = sdk.ref.tenant("acme")
        self.assertEqual(
            values(a=None, b=True, c=7, d=7.5, e=Decimal("2.00"), f="x", g=["x"], h=tenant, i=[tenant], j={"x": 1}),
            [
                types.Value_Null(),
                types.Value_Flag(True),
                types.Value_Integer(7),
                types.Value_Decimal("7.5"),
                types.Value_Decimal("2.00"),
                types.Value_Text("x"),
                types.Value_Texts(["x"]),
                types.Value_Reference(tenant),
                types.Value_References([tenant]),
                types.Value_Json('{"x": 1}'),
            ],
        )
        with self.assertRaisesRegex(TypeError, "the field a cannot hold a set"):
            values(a={1})

    def test_setting_a_field_again_replaces_it_and_leaving_it_takes_it_out(self):
        draft = sdk.Draft("x", a=1, b=2).set(a=3).leave("b")
        self.assertEqual(draft.record.fields, [types.Field("a", types.Value_Integer(3))])
        self.assertEqual((draft.get("a"), draft.get("b"), "a" in draft, "b" in draft), (3, None, True, False))

    def test_a_tag_is_added_once(self):
        self.assertEqual(len(sdk.Draft("x").tag("Prod").tag("prod", "ff0000").record.tags), 1)

    def test_what_was_skipped_stays_skipped(self):
        skipped = sdk.skip("not wanted").set(a=1).tag("x").drop("y").bring(sdk.Draft("z"))
        self.assertEqual(skipped.record, types.Outcome_Skip("not wanted"))

    def test_companions_are_brought_and_dropped_never_the_object_itself(self):
        (outcome,) = mapped(lambda cx, fact, usual: usual.bring(sdk.Draft("x"), sdk.Draft("y")).drop("x"))
        self.assertEqual([draft.kind for draft in outcome.value], ["x", "y"])

    def test_settings_are_read_by_their_types(self):
        def change(cx, fact, usual):
            settings = cx.settings(Settings)
            return usual.set(limit=settings.limit, on=settings.inner.on)

        (outcome,) = mapped(change, {"limit": 5, "inner": {"on": True}, "maybe": None})
        self.assertEqual([entry.value for entry in outcome.value[0].fields], [types.Value_Integer(5), types.Value_Flag(True)])
        for settings, told in [
            ({"limit": "ten"}, '`limit` cannot be "ten"'),
            ({"limit": True}, "`limit` cannot be true"),
            ({"limits": 1}, "`limits` is unknown"),
            ({}, "`limit` is missing"),
            ({"limit": 1, "names": ["x", 7]}, '`names` cannot be ["x", 7]'),
            ({"limit": 1, "inner": {"off": 1}}, "`off` is unknown"),
        ]:
            (outcome,) = mapped(change, settings)
            self.assertEqual(outcome.value.code, "wrong-settings")
            self.assertIn(told, outcome.value.message)

    def test_a_fact_that_is_wrong_is_rejected_and_the_others_go_on(self):
        def change(cx, fact, usual):
            if fact == 7:
                raise sdk.Rejection("odd", "Seven is odd.", field="vmid")
            return usual

        kept, rejected = mapped(change, facts=(6, 7))
        self.assertIsInstance(kept, types.Outcome_Keep)
        self.assertEqual(rejected.value, types.Rejection("odd", "Seven is odd.", "vmid"))

    def test_a_mapper_that_the_manifest_names_must_be_there(self):
        with self.assertRaisesRegex(LookupError, "no function is decorated with @vlan.wrap"):
            sdk.exported(sdk.vlan, "wrap")

    def test_choices_of_a_run_are_read_by_their_sort(self):
        cx = sdk.Context(context(options={"on": True, "text": " x ", "blank": " ", "in": {"pve1": {"qemu": "edge"}}}))
        self.assertEqual((cx.flag("on", False), cx.flag("text", False), cx.flag("none", True)), (True, False, True))
        self.assertEqual((cx.option("text"), cx.option("blank"), cx.option("on")), ("x", None, None))
        self.assertEqual((cx.option("in", "pve1", "qemu"), cx.option("in", "pve2", "qemu")), ("edge", None))
        self.assertTrue(cx.has("sync-state"))

    def test_texts_are_as_netbox_likes_them(self):
        self.assertEqual(sdk.slug("  Linux (kernel 2.6 or newer) "), "linux-kernel-2-6-or-newer")
        self.assertEqual(sdk.slug("Büro"), "b-ro")
        self.assertEqual(sdk.fit("ünïcödé!", 7, "~1"), "ünïcö~1")
        self.assertTrue(sdk.matches("lab-*", "LAB-dns01") and sdk.matches("web??", "web01"))
        self.assertFalse(sdk.matches("lab-*", "collab-1") or sdk.matches("a.c", "abc"))
        self.assertEqual((sdk.raw("[1]"), sdk.raw("{"), sdk.raw('{"a":1}')), ({}, {}, {"a": 1}))


if __name__ == "__main__":
    unittest.main()
