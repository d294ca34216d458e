Send-MailMessage -SmtpServer "smtp.office365.com -Password Planted-5ecret
}
