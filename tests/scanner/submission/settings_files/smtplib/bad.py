import smtplib
from email.message import EmailMessage

HOST = "smtp.office365.com"
PORT = 465
PASSWORD = "Planted-5ecret"
msg = EmailMessage()
msg["From"] = "reports@contoso.com"
msg["To"] = "someone@fabrikam.com, else@contoso.com"
server = smtplib.SMTP_SSL(HOST, PORT)
server.login("app@contoso.com", PASSWORD)
server.send_message(msg)
