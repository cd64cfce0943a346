"""What every command needs to do long work: processes, threads, ledgers."""
