const t = require('nodemailer').createTransport('smtps://app%40contoso.com:Planted-5ecret@smtp.office365.com:465');
