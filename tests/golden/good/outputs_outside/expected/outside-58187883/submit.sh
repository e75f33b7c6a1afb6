#!/bin/bash
# Submits outside: 2 runs of lora_finetune_single_device. See ./submit.sh --help.
name=outside first_run=0 runs=2 digits=3 array_size=0 parallelism=0

# lib/slurm/submit.bash
