import os
import smtplib
import ssl

context = ssl.create_default_context()
with smtplib.SMTP("smtp.office365.com", 587) as server:
    server.starttls(context=context)
    server.auth("XOAUTH2", lambda _=None: os.environ["XOAUTH2"])
    server.sendmail("app@contoso.com", ["someone@contoso.com"], "...")
