#! /bin/bash
# SPDX-License-Identifier: MIT
#
# FS QA Test No. 999
#
# A store comes between the flush and the unmapping of a collapse: its entry is
# dropped, and fsync will not flush it (ext4)
#
# Commit 32ebffd3bbb4 ("ext4: fix races between buffered IO and collapse /
# insert range").
#
# The threads race each other on DAX mappings; the program's head has the test and what races with what.
#
. ./common/preamble
_begin_fstest auto quick dax mmap collapse

. ./common/filter

_require_scratch
_require_scratch_dax_mountopt "dax=always"
_require_test_program "32ebffd3bbb4-store-during-collapse"
_require_xfs_io_command "fcollapse"

_scratch_mkfs >> $seqres.full 2>&1
_scratch_mount "-o dax=always" >> $seqres.full 2>&1

$here/src/32ebffd3bbb4-store-during-collapse $SCRATCH_MNT 10 >> $seqres.full 2> $tmp.err
case $? in
0)
	echo "Silence is golden"
	;;
2)
	_notrun "$(tail -n 1 $tmp.err)"
	;;
*)
	echo "a round ended as it must not: see the histogram in $seqres.full"
	;;
esac

# success, all done
status=0
exit
