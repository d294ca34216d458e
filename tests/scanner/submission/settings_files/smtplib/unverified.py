import smtplib, ssl

ctx = ssl.create_default_context()
ctx.check_hostname = False
ctx.verify_mode = ssl.CERT_NONE
ctx.minimum_version = ssl.TLSVersion.TLSv1
with smtplib.SMTP("smtp.office365.com", 587) as s:
    s.starttls(context=ctx)
    s.login("app@contoso.com", "Planted-5ecret")
