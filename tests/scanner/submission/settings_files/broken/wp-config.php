<?php
define( 'WPMS_SMTP_HOST', 'smtp.office365.com' );
define( 'WPMS_SMTP_PASS', 'Planted-5ecret' ;
