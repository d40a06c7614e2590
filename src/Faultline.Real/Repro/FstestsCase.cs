using System.Globalization;
using System.Text;
using Faultline.Kernel.Programs;
using Faultline.Kernel.Versions;
using Faultline.Litmus.Conditions;
using Faultline.Litmus.Syntax;

namespace Faultline.Real.Repro;

/// <summary>A file of an fstests case.</summary>
/// <param name="Path">Path below the root of the fstests tree.</param>
/// <param name="Text">Its text.</param>
/// <param name="IsExecutable">Whether it can be run.</param>
public sealed record FstestsFile(string Path, string Text, bool IsExecutable = false);

/// <summary>A test as a case of fstests: a script in <c>tests/generic</c>, its golden output, and the C program in <c>src</c>.</summary>
/// <param name="Files">The files.</param>
/// <param name="Advice">What is left for a person to do, in a line.</param>
public sealed record FstestsCase(IReadOnlyList<FstestsFile> Files, string Advice)
{
    /// <summary>Writes the case.</summary>
    /// <param name="test">The test.</param>
    /// <param name="options">How its program is written.</param>
    /// <param name="number">Its number in tests/generic.</param>
    public static FstestsCase Of(LitmusTest test, ReproOptions options, int number)
    {
        ArgumentNullException.ThrowIfNull(test);
        ArgumentNullException.ThrowIfNull(options);
        string name = ReproProgram.NameOf(test), id = number.ToString("000", CultureInfo.InvariantCulture);
        return new FstestsCase(
            [
                new FstestsFile($"tests/generic/{id}", Script(test, options, name, id), IsExecutable: true),
                new FstestsFile($"tests/generic/{id}.out", $"QA output created by {id}\nSilence is golden\n"),
                new FstestsFile($"src/{name}.c", ReproProgram.Write(test, options)),
            ],
            $"add {name} to LINUX_TARGETS in src/Makefile and src/{name} to .gitignore");
    }

    /// <summary>The files as a patch that <c>git apply</c> takes in an fstests tree.</summary>
    public string AsPatch()
    {
        var patch = new StringBuilder($"# {Advice}\n");
        foreach (FstestsFile file in Files)
        {
            string[] lines = file.Text.TrimEnd('\n').Split('\n');
            patch.Append($"diff --git a/{file.Path} b/{file.Path}\nnew file mode {(file.IsExecutable ? "100755" : "100644")}\n");
            patch.Append($"--- /dev/null\n+++ b/{file.Path}\n@@ -0,0 +{(lines.Length == 1 ? "1" : $"1,{lines.Length}")} @@\n");
            patch.AppendJoin("", lines.Select(l => $"+{l}\n"));
        }

        return patch.ToString();
    }

    private static string Script(LitmusTest test, ReproOptions options, string name, string id)
    {
        var text = new StringBuilder("#! /bin/bash\n# SPDX-License-Identifier: MIT\n#\n");
        text.Append($"# FS QA Test No. {id}\n#\n");
        Wrapped(text, test.Title.Length > 0 ? test.Title : test.Name);
        foreach (string commit in test.Info.Where(i => i.Key == "Commit").SelectMany(i => BehaviourChanges.WithCommit(i.Value)).Select(c => $"Commit {c.Commit} (\"{c.Title}\").").Distinct())
        {
            text.Append("#\n");
            Wrapped(text, commit);
        }

        text.Append($"#\n# The threads race each other on DAX mappings; the program's head has the test and what races with what.\n#\n");
        text.Append($". ./common/preamble\n_begin_fstest {string.Join(' ', Groups(test))}\n\n. ./common/filter\n\n");
        foreach (string requirement in Requirements(test, name))
        {
            text.Append(requirement).Append('\n');
        }

        string seconds = options.Seconds.ToString(CultureInfo.InvariantCulture);
        string argument = test.Statements.Any(s => s is DirectReadStatement) ? " $TEST_DIR" : test.Statements.Any(s => s is HwPoisonStatement) ? " poison" : "";
        text.Append($$"""

            _scratch_mkfs >> $seqres.full 2>&1
            _scratch_mount "-o dax=always" >> $seqres.full 2>&1

            $here/src/{{name}} $SCRATCH_MNT {{seconds}}{{argument}} >> $seqres.full 2> $tmp.err
            case $? in
            0)
            	echo "Silence is golden"
            	;;
            2)
            	_notrun "$(tail -n 1 $tmp.err)"
            	;;
            *)
            	echo "{{(test.Condition.Quantifier == Quantifier.Forall ? "a round ended as it must not" : "the race was hit")}}: see the histogram in $seqres.full"
            	;;
            esac

            # success, all done
            status=0
            exit

            """);
        return text.ToString();
    }

    private static IEnumerable<string> Groups(LitmusTest test)
    {
        yield return "auto";
        yield return "quick";
        yield return "dax";
        if (test.Maps.Count > 0)
        {
            yield return "mmap";
        }

        FallocateMode[] modes = [.. test.Statements.OfType<FallocateStatement>().Select(f => f.Mode).Distinct()];
        foreach ((FallocateMode mode, string group) in new[]
        {
            (FallocateMode.Allocate, "prealloc"), (FallocateMode.PunchHole, "punch"), (FallocateMode.ZeroRange, "zero"),
            (FallocateMode.CollapseRange, "collapse"), (FallocateMode.InsertRange, "insert"),
        })
        {
            if (modes.Contains(mode))
            {
                yield return group;
            }
        }

        if (test.Statements.Any(s => s is ReflinkStatement))
        {
            yield return "clone";
        }
    }

    private static IEnumerable<string> Requirements(LitmusTest test, string name)
    {
        yield return test.Statements.Any(s => s is ReflinkStatement) ? "_require_scratch_reflink" : "_require_scratch";
        yield return "_require_scratch_dax_mountopt \"dax=always\"";
        yield return $"_require_test_program \"{name}\"";
        if (test.Statements.Any(s => s is DirectReadStatement))
        {
            yield return "_require_test";
            yield return "_require_odirect";
        }

        bool Uses(FallocateMode mode) => test.Statements.OfType<FallocateStatement>().Any(f => f.Mode == mode);
        if (Uses(FallocateMode.Allocate) || test.Files.Any(f => f.Runs.Any(r => r.Page.Backing == PageBacking.Unwritten)))
        {
            yield return "_require_xfs_io_command \"falloc\"";
        }

        foreach ((FallocateMode mode, string command) in new[]
        {
            (FallocateMode.PunchHole, "fpunch"), (FallocateMode.ZeroRange, "fzero"), (FallocateMode.CollapseRange, "fcollapse"),
            (FallocateMode.InsertRange, "finsert"),
        })
        {
            if (Uses(mode))
            {
                yield return $"_require_xfs_io_command \"{command}\"";
            }
        }
    }

    private static void Wrapped(StringBuilder text, string line) => text.AppendJoin('\n', CText.Wrapped(line, "# ", 80)).Append('\n');
}
