# -*- coding: utf-8 -*-
# Größe
import smtplib
def send():
    s = smtplib.SMTP("smtp.office365.com")
    s.login("ä@contoso.com", "Planted-5ecret"); s.sendmail("app@contoso.com", ["x@fabrikam.com"], "Grüße")
def other():
    s = smtplib.SMTP(host="smtp.office365.com", port=25)
    s.starttls(context=None)
    s.login("app@contoso.com", "Planted-5ecret")
