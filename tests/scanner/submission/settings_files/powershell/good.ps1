$client = New-Object System.Net.Mail.SmtpClient('contoso-com.mail.protection.outlook.com', 25)
$client.EnableSsl = $true
$client.Send('app@contoso.com', 'someone@contoso.com', 'Subject', 'Body')
