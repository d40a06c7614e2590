using System.Globalization;
using System.Text;
using Faultline.Litmus.Conditions;
using Faultline.Litmus.Syntax;
using Faultline.Real.Histograms;

namespace Faultline.Real.Repro;

/// <summary>The comment at the top of a program, and what it includes.</summary>
internal static class HeaderText
{
    /// <summary>What the program is, how to build and run it, the test itself, and what is left out.</summary>
    public static string Of(LitmusTest test, ReproOptions options, ObservedSet observed)
    {
        var text = new StringBuilder("// SPDX-License-Identifier: MIT\n");
        string name = ReproProgram.NameOf(test);
        Line(text, test.Title.Length > 0 ? $"{test.Name}: {test.Title}" : test.Name);
        Line(text, "A litmus test of page faults on a real kernel, written by 'faultline repro'. Nothing but libc and pthreads is needed.");
        Line(text, "");
        Line(text, $"    cc -O2 -Wall -Wextra -pthread -static -o {name} {name}.c");
        Line(text, $"    ./{name} {Arguments(test)}");
        Line(text, "");
        Line(text, $"DIR: any directory; for DAX one on ext4 or XFS mounted with -o dax=always. SECONDS: {options.Seconds.ToString(CultureInfo.InvariantCulture)} if not given.");
        foreach (string need in Needs(test))
        {
            Line(text, need);
        }

        Line(text, $"Exit code: 0 {Good(test.Condition.Quantifier)}, 1 {Bad(test.Condition.Quantifier)} (or a thread hangs, or a system call fails that should");
        Line(text, "not: a line says so), 2 it could not be tried, 128 and a signal's number when interrupted. Leaves nothing behind.");
        Line(text, "");
        Line(text, "The test:");
        foreach (string line in LitmusPrinter.Print(test).TrimEnd('\n').Split('\n'))
        {
            Line(text, "    " + line);
        }

        IReadOnlyList<string> leftOut = LeftOut.Of(test, options.Watch);
        if (leftOut.Count > 0)
        {
            Line(text, "");
            Line(text, "Left out:");
            leftOut.ToList().ForEach(note => text.AppendJoin('\n', CText.Wrapped(note, "//   ")).Append('\n'));
            if (observed.Unseen.Count > 0)
            {
                Line(text, "The condition is evaluated as far as it can be seen: '*' marks a state that meets it for certain.");
            }
        }

        return text.ToString();
    }

    /// <summary>The <c>#include</c> lines.</summary>
    public static string Includes(LitmusTest test, Operations operations)
    {
        string[] always =
        [
            "errno.h", "fcntl.h", "inttypes.h", "limits.h", "pthread.h", "sched.h", "semaphore.h", "setjmp.h", "signal.h", "stdatomic.h",
            "stdbool.h", "stdint.h", "stdio.h", "stdlib.h", "string.h", "sys/mman.h", "sys/stat.h", "sys/utsname.h", "time.h", "unistd.h",
        ];
        var all = always.ToList();
        IReadOnlyList<string> fragments = operations.Fragments;
        if (fragments.Contains("reflink"))
        {
            all.AddRange(["linux/fs.h", "sys/ioctl.h"]);
        }

        if (fragments.Contains("fork") || test.Processes.Count > 0)
        {
            all.AddRange(["sys/prctl.h", "sys/wait.h"]);
        }

        return "#define _GNU_SOURCE\n" + string.Concat(all.Order(StringComparer.Ordinal).Select(h => $"#include <{h}>\n")) + "\n"
            + "#ifndef MAP_SYNC\n#define MAP_SYNC 0x80000\n#define MAP_SHARED_VALIDATE 0x03\n#endif\n#define DAX_ATTRIBUTE 0x200000                 // of statx(2)\n";
    }

    private static string Arguments(LitmusTest test) =>
        test.Statements.Any(s => s is DirectReadStatement) ? "DIR [SECONDS [DIR_OF_SOURCE]]"
        : test.Statements.Any(s => s is HwPoisonStatement) ? "DIR SECONDS poison"
        : "DIR [SECONDS]";

    private static IEnumerable<string> Needs(LitmusTest test)
    {
        if (test.Statements.Any(s => s is DirectReadStatement))
        {
            yield return "DIR_OF_SOURCE: where the file lies that is read with O_DIRECT: on a disk, which then writes into the mapping. If not given: DIR.";
        }

        if (test.Statements.Any(s => s is HwPoisonStatement))
        {
            yield return "It poisons memory, and that stays so until the next boot: in a virtual machine only, as root.";
        }

        if (test.Statements.Any(s => s is DropCachesStatement))
        {
            yield return "It writes to /proc/sys/vm/drop_caches: as root.";
        }

        if (test.Maps.Any(m => m.Alignment != Kernel.Programs.Alignment.BasePages))
        {
            yield return "Huge pages want blocks that are 2 MiB together: mkfs.ext4 -E stride=512,stripe_width=512; mkfs.xfs -d su=2m,sw=1, xfs_io -c \"extsize 2m\" DIR.";
        }
    }

    private static string Good(Quantifier quantifier) =>
        quantifier == Quantifier.Forall ? "the condition held in every round" : "the condition was not met";

    private static string Bad(Quantifier quantifier) => quantifier == Quantifier.Forall ? "in some it did not" : "it was met";

    private static void Line(StringBuilder text, string line)
    {
        string clean = CText.Comment(line);
        text.Append(clean.Length == 0 ? "//" : "// " + clean).Append('\n');
    }
}
