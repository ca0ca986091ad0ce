"""Are the rule files of a ruleset sound?"""
