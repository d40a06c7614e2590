using System.CommandLine;
using Faultline.Explain.Stories;
using Faultline.Explain.Text;
using Faultline.Kernel.Fs;
using Faultline.Kernel.Versions;
using Faultline.Litmus;
using Faultline.Litmus.Checking;
using Faultline.Litmus.Compile;
using Faultline.Litmus.Schedules;

namespace Faultline.Cli.Commands;

/// <summary><c>faultline replay</c>: a schedule that was kept, run again without a search.</summary>
internal sealed class ReplayCommand
{
    private const int LongestFile = 1 << 22;

    private readonly Argument<string> schedule = new("SCHEDULE") { Description = "A file that --save-schedule wrote." };
    private readonly Option<string[]> kernel = SharedOptions.Kernel("Default: the one that the file names.");
    private readonly Option<bool> brief = new("--brief", "-b") { Description = "Say only whether it replays." };
    private readonly Option<bool> whole = new("--whole") { Description = "Tell every step." };

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var it = new ReplayCommand();
        var command = new Command("replay", "Run a kept schedule again: exactly as it was, or say what changed. Exit code 1 when something did.")
        {
            it.schedule, it.kernel, it.brief, it.whole,
        };
        command.SetAction(it.Run);
        return command;
    }

    private int Run(ParseResult parsed)
    {
        string path = parsed.GetValue(schedule)!;
        ScheduleResult read = ScheduleReader.Read(path, Text(path));
        ScheduleFile file = read.File ?? throw Bad(read.Diagnostics);
        TestFile test = Test(path, file, read.TestLine);
        KernelVersion version = Version(path, file, parsed.GetValue(kernel) ?? []);
        FilesystemKind fs = Filesystem(path, file);
        Inputs.Demand(test, version, fs);
        ScheduleReplay replay = ScheduleReplay.Run(file, test.Test!, test.Program!, version, fs);
        string where = $"{file.Finding} in {test.Test!.Name} on {version.Name}, {Inputs.Name(fs)}";
        if (replay.Differences.Count == 0)
        {
            Console.Out.WriteLine($"{path}: {where}: the same {file.Steps.Count} steps as kept by faultline {file.Tool}");
        }
        else
        {
            Console.Out.WriteLine($"{path}: {where}: NOT AS KEPT by faultline {file.Tool}, this is {ToolVersion.Name}");
            foreach (string difference in replay.Differences)
            {
                Console.Out.WriteLine($"  {difference}");
            }
        }

        if (!parsed.GetValue(brief))
        {
            Console.Out.WriteLine();
            Story story = StoryBuilder.Build(test.Test!, replay.Machine, replay.Finding, parsed.GetValue(whole));
            Terminal.Write(Explanation.Lines(story, TextOptions.Screen with { Width = Terminal.Width, Whole = parsed.GetValue(whole) }));
        }

        return replay.Differences.Count == 0 ? ExitCode.AsExpected : ExitCode.Unexpected;
    }

    private static string Text(string path)
    {
        try
        {
            return new FileInfo(path) is { Exists: true, Length: > LongestFile }
                ? throw new InputException($"{path}:1:1: the file is too large for a schedule; expected at most {LongestFile} bytes")
                : File.ReadAllText(path).ReplaceLineEndings("\n");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new InputException($"{path}:1:1: cannot be read: {e.Message}");
        }
    }

    // The test's lines keep their place in the file, so that what is wrong with it is found there.
    private static TestFile Test(string path, ScheduleFile file, int line)
    {
        const string Indent = "    ";
        string inPlace = new string('\n', line - 1) + Indent + file.Test.TrimEnd('\n').Replace("\n", "\n" + Indent, StringComparison.Ordinal) + "\n";
        Litmus.Syntax.ParseResult parsed = Litmus.Syntax.LitmusParser.Parse(path, inPlace);
        if (!parsed.IsSuccess)
        {
            throw Bad(parsed.Diagnostics);
        }

        CompileResult compiled = Compiler.Compile(parsed.Test, CompileLimits.Search);
        List<Diagnostic> wrong = [.. compiled.Diagnostics, .. ModelNames.Validate(parsed.Test)];
        return wrong.Count == 0 ? new TestFile(path, parsed.Test, compiled.Program, null, []) : throw Bad(wrong);
    }

    private static KernelVersion Version(string path, ScheduleFile file, string[] named)
    {
        if (named.Length > 0)
        {
            IReadOnlyList<KernelVersion> versions = Inputs.Kernels(named);
            return versions.Count == 1 ? versions[0] : throw new InputException("faultline: replay takes one --kernel");
        }

        return ModelNames.WhyNot(file.Kernel) is { } why
            ? throw new InputException($"{path}:{ScheduleFile.KernelLine}:8: {why}")
            : KernelVersions.Find(file.Kernel)!;
    }

    private static FilesystemKind Filesystem(string path, ScheduleFile file)
    {
        foreach (FilesystemKind kind in Enum.GetValues<FilesystemKind>())
        {
            if (Inputs.Name(kind) == file.Filesystem)
            {
                return kind;
            }
        }

        throw new InputException($"{path}:{ScheduleFile.KernelLine + 1}:12: unknown filesystem '{file.Filesystem}'; expected ext4 or xfs");
    }

    private static InputException Bad(IEnumerable<Diagnostic> wrong) => new(string.Join(Environment.NewLine, wrong));
}
