"""Fills a NetBox with what others document, in NetBox's own shell. FILL_SCALE=1 is a small company: 1,000 devices with 20,000
interfaces, as many MAC and IP addresses, 1,000 VLANs, and 1,000 virtual machines of another hypervisor."""
import ipaddress
import os

from django.contrib.contenttypes.models import ContentType
from django.db import connection
from dcim.models import Device, DeviceRole, DeviceType, Interface, MACAddress, Manufacturer, Site
from ipam.models import IPAddress, VLAN
from virtualization.models import Cluster, ClusterType, VirtualDisk, VirtualMachine, VMInterface

SCALE = int(os.environ.get("FILL_SCALE", "1"))
PORTS = 20


def put(model, rows):
    return model.objects.bulk_create(rows, batch_size=2000)


def slugged(model, name, **fields):
    return model.objects.create(name=name, slug=name.lower().replace(" ", "-"), **fields)


site = slugged(Site, "Campus")
maker = slugged(Manufacturer, "Maker")
model = DeviceType.objects.create(manufacturer=maker, model="Switch", slug="switch")
role = slugged(DeviceRole, "Access")
cluster = Cluster.objects.create(name="other-hypervisor", type=slugged(ClusterType, "Other hypervisor"))
number = 1000 * SCALE
devices = put(Device, [Device(name=f"sw{n:06}", site=site, device_type=model, role=role) for n in range(number)])
names = [f"ge-0/0/{port}" for port in range(PORTS)]
ports = put(
    Interface,
    [Interface(device=device, name=name, _name=name, type="1000base-t") for device in devices for name in names],
)
on = {"assigned_object_type": ContentType.objects.get_for_model(Interface)}
first = int(ipaddress.ip_address("100.64.0.0"))
put(
    IPAddress,
    [
        IPAddress(address=f"{ipaddress.ip_address(first + n)}/10", assigned_object_id=port.pk, **on)
        for n, port in enumerate(ports)
    ],
)
put(
    MACAddress,
    [
        MACAddress(mac_address=f"02:00:{n >> 24 & 255:02X}:{n >> 16 & 255:02X}:{n >> 8 & 255:02X}:{n & 255:02X}", assigned_object_id=port.pk, **on)
        for n, port in enumerate(ports)
    ],
)
put(VLAN, [VLAN(vid=1 + n % 4000, name=f"campus {n}", site=site) for n in range(min(number, 4000))])
machines = put(VirtualMachine, [VirtualMachine(name=f"other{n:06}", cluster=cluster, status="active") for n in range(number)])
put(VMInterface, [VMInterface(virtual_machine=machine, name=name, _name=name) for machine in machines for name in ("eth0", "eth1")])
put(VirtualDisk, [VirtualDisk(virtual_machine=machine, name=name, size=1000) for machine in machines for name in ("disk0", "disk1")])
with connection.cursor() as cursor:
    cursor.execute("ANALYZE")
