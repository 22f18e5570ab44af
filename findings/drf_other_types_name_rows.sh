#!/usr/bin/env bash
# Django REST Framework 3.14 takes 1.5 for the key 1, and true for a UUID.
#
# PrimaryKeyRelatedField refers to a row by its integer key. It takes the number
# 1.5, and even 1.999, for row 1, but refuses the text "1.0". UUIDField takes
# `true` for the UUID ...0001, because Python counts `True` among the integers.
# FloatField takes `true` for 1.0, but IntegerField and DecimalField refuse it.
# So a client with a mistake in its types gets no error, and writes something
# else than it means.
#
# The script runs the fields with Django 3.2.25 and SQLite in memory. It prints
# each JSON value and what the field makes of it. It fails if that changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get -qq -o APT::Sandbox::User=root download \
  python3-djangorestframework=3.14.0-2+deb12u1 \
  python3-django=3:3.2.25-0+deb12u7 python3-asgiref=3.6.0-1 \
  python3-sqlparse=0.4.2-1+deb12u1 python3-tz=2022.7.1-4
for package in *.deb; do dpkg -x "$package" root; done

export PYTHONPATH=$folder/root/usr/lib/python3/dist-packages
cat >fields.py <<'END'
import json

import django
import rest_framework
from django.conf import settings

settings.configure(
    INSTALLED_APPS=["rest_framework"], USE_TZ=True,
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3",
                           "NAME": ":memory:"}})
django.setup()

from django.db import connection, models
from rest_framework import serializers


class Row(models.Model):
    class Meta:
        app_label = "findings"


def show(field, *texts):
    for text in texts:
        try:
            answer = str(field.run_validation(json.loads(text)))
        except serializers.ValidationError as error:
            answer = f"refused, {error.detail[0]}"
        print(f"{type(field).__name__} {text} -> {answer}")


print("Django REST Framework", rest_framework.VERSION, "with Django",
      django.get_version())
with connection.schema_editor() as editor:
    editor.create_model(Row)
Row.objects.create(id=1)
show(serializers.PrimaryKeyRelatedField(queryset=Row.objects.all()),
     "1", "1.5", "1.999", '"1.0"', "true")
show(serializers.UUIDField(), "true", "1", "1.0")
show(serializers.FloatField(), "true")
show(serializers.IntegerField(), "true")
show(serializers.DecimalField(max_digits=6, decimal_places=2), "true")
END
/usr/bin/python3 fields.py | tee seen

diff - seen <<'END' || { echo 'The behaviour has changed.' >&2; exit 1; }
Django REST Framework 3.14.0 with Django 3.2.25
PrimaryKeyRelatedField 1 -> Row object (1)
PrimaryKeyRelatedField 1.5 -> Row object (1)
PrimaryKeyRelatedField 1.999 -> Row object (1)
PrimaryKeyRelatedField "1.0" -> refused, Incorrect type. Expected pk value, received str.
PrimaryKeyRelatedField true -> refused, Incorrect type. Expected pk value, received bool.
UUIDField true -> 00000000-0000-0000-0000-000000000001
UUIDField 1 -> 00000000-0000-0000-0000-000000000001
UUIDField 1.0 -> refused, Must be a valid UUID.
FloatField true -> 1.0
IntegerField true -> refused, A valid integer is required.
DecimalField true -> refused, A valid number is required.
END
