#!/usr/bin/env bash
# Django REST Framework 3.14 takes a time with a zone, and drops the zone.
#
# TimeField reads "10:20:30+02:00", the form that ISO 8601 has for a time with
# an offset from UTC, and delivers 10:20:30, as it does for "10:20:30Z" and
# "10:20:30-05:00". There is no error, and nothing of the offset is left. With
# DateTimeField, the same offsets count. What follows a time is not looked at
# either: "10:20 PM" is 10:20 in the morning.
#
# DurationField has two more. The comma is the decimal point of ISO 8601 there,
# so that "1,000" is one second, and not a thousand. A negative duration is
# answered as negative days with positive hours, so that "-1:30" comes back as
# "-1 23:58:30". A client that reads the sign for the whole value is off by
# almost two days.
#
# The script runs serializers of one field with Django 3.2.25. It prints each
# input and what the serializer answers. It fails if that changes.
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
cat >times.py <<'END'
import json

import django
import rest_framework
from django.conf import settings

settings.configure(INSTALLED_APPS=["rest_framework"], USE_TZ=True,
                   TIME_ZONE="UTC")
django.setup()

from rest_framework import serializers


def show(kind, text):
    class OneField(serializers.Serializer):
        field = kind()

    read = OneField(data={"field": text})
    answer = (OneField(read.validated_data).data["field"] if read.is_valid()
              else read.errors["field"])
    print(f"{kind.__name__} {json.dumps(text)} -> {json.dumps(answer)}")


print("Django REST Framework", rest_framework.VERSION, "with Django",
      django.get_version())
for text in ("10:20:30", "10:20:30Z", "10:20:30+02:00", "10:20:30-05:00",
             "10:20 PM"):
    show(serializers.TimeField, text)
for text in ("2024-02-29T10:20:30Z", "2024-02-29T10:20:30+02:00"):
    show(serializers.DateTimeField, text)
for text in ("1000", "1,000", "1:30", "-1:30"):
    show(serializers.DurationField, text)
END
/usr/bin/python3 times.py | tee seen

diff - seen <<'END' || { echo 'The behaviour has changed.' >&2; exit 1; }
Django REST Framework 3.14.0 with Django 3.2.25
TimeField "10:20:30" -> "10:20:30"
TimeField "10:20:30Z" -> "10:20:30"
TimeField "10:20:30+02:00" -> "10:20:30"
TimeField "10:20:30-05:00" -> "10:20:30"
TimeField "10:20 PM" -> "10:20:00"
DateTimeField "2024-02-29T10:20:30Z" -> "2024-02-29T10:20:30Z"
DateTimeField "2024-02-29T10:20:30+02:00" -> "2024-02-29T08:20:30Z"
DurationField "1000" -> "00:16:40"
DurationField "1,000" -> "00:00:01"
DurationField "1:30" -> "00:01:30"
DurationField "-1:30" -> "-1 23:58:30"
END
