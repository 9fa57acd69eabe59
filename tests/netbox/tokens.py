from django.contrib.auth import get_user_model
from users.models import Token

admin, _ = get_user_model().objects.get_or_create(username="admin", defaults={"is_superuser": True, "is_active": True})
admin.set_password("admin")
admin.save()
Token.objects.filter(user=admin).delete()

v1 = Token(user=admin, version=1, write_enabled=True)
v1.save()
v2 = Token(user=admin, version=2, write_enabled=True)
v2.save()
reader = Token(user=admin, version=1, write_enabled=False)
reader.save()
print(f"token: PROXBOX_TEST_NETBOX_TOKEN={v1.token}")
print(f"token: PROXBOX_TEST_NETBOX_V2_KEY={v2.key}")
print(f"token: PROXBOX_TEST_NETBOX_V2_SECRET={v2.token}")
print(f"token: PROXBOX_TEST_NETBOX_READER={reader.token}")
