import smtplib

s = smtplib.SMTP('outlook.office365.com', 587)
s.starttls()
s.login('app@contoso.com', 'Planted-5ecret')
s.sendmail('app@contoso.com', 'someone@contoso.com', 'x')
