select now() as "now!", domains_in_plan($1) as "in_plan!"
