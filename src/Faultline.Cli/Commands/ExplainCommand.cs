using System.CommandLine;
using Faultline.Engine.Witnesses;
using Faultline.Explain.Dot;
using Faultline.Explain.Json;
using Faultline.Explain.Stories;
using Faultline.Explain.Text;
using Faultline.Explain.Traces;
using Faultline.Kernel.Fs;
using Faultline.Kernel.Versions;
using Faultline.Litmus;
using Faultline.Litmus.Analysis;
using Faultline.Litmus.Checking;
using Faultline.Litmus.Compile;
using Faultline.Litmus.Schedules;

namespace Faultline.Cli.Commands;

/// <summary><c>faultline explain</c>: one witness told step by step.</summary>
internal sealed class ExplainCommand
{
    private const int WidestText = 110;

    private readonly Argument<string> test = new("TEST") { Description = "A .litmus file; with --html also a folder of them." };
    private readonly Option<string[]> kernel = SharedOptions.Kernel();
    private readonly Option<string[]> filesystem = SharedOptions.Filesystem();
    private readonly Option<string> violation = new("--violation")
    {
        Description = "Which finding: its name as 'check' prints it, or 'condition'. Default: the first.",
        HelpName = "NAME",
    };

    private readonly Option<int> width = new("--width") { Description = "Columns of text. Default: those of the terminal, at most 110; 80 when piped.", HelpName = "N" };
    private readonly Option<int> jobs = SharedOptions.Jobs();
    private readonly Option<bool> mail = new("--mail") { Description = "A mail to paste: test, kernels bad and good, schedule, how to see it again; 75 columns." };
    private readonly Option<bool> json = new("--json") { Description = "Print one JSON document instead of text (docs/schemas/explain.schema.json)." };
    private readonly Option<string?> save = new("--save-schedule") { Description = "Also write the schedule with its test; 'faultline replay' runs it again.", HelpName = "FILE" };
    private readonly Option<string?> dot = new("--dot") { Description = "Also write the state graph of a small test for Graphviz.", HelpName = "FILE" };
    private readonly Option<string?> html = new("--html")
    {
        Description = "Instead of text write one HTML file that needs nothing else. Of a folder: a folder with an index and a page for each "
            + "test, on --kernel, or else on the newest version that shows something wrong.",
        HelpName = "FILE",
    };

    private readonly Option<bool> whole = new("--whole") { Description = "Tell every step, also of instructions that nobody interrupted." };

    private readonly StrategyOptions strategy = new();
    private readonly Option<double> timeout = SharedOptions.Timeout();
    private readonly Option<bool> ftrace = new("--ftrace") { Description = "Write the witness as a real kernel's ftrace would print it; 'faultline trace' reads it." };
    private readonly Option<bool> perfetto = new("--perfetto") { Description = "Write the witness as a JSON trace for ui.perfetto.dev." };

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var it = new ExplainCommand();
        var command = new Command("explain", "Tell the shortest witness: a column for each CPU, what changed, call stacks at the failing step.")
        {
            it.test, it.kernel, it.filesystem, it.violation, it.width, it.mail, it.whole, it.json, it.save, it.dot, it.timeout, it.html,
            it.jobs, it.ftrace, it.perfetto,
        };
        it.strategy.AddTo(command);
        command.SetAction((parsed, cancellation) => Task.FromResult(it.Run(parsed, cancellation)));
        return command;
    }

    private int Run(ParseResult parsed, CancellationToken cancellation)
    {
        if (Directory.Exists(parsed.GetValue(test)!))
        {
            return RunFolder(parsed, cancellation);
        }

        TestFile file = Inputs.Load([parsed.GetValue(test)!], CompileLimits.Search, forCost: false).Single();
        KernelVersion version = One("--kernel", Inputs.Kernels(parsed.GetValue(kernel) ?? []), k => k.Name);
        string[] named = parsed.GetValue(filesystem) ?? [];
        FilesystemKind fs = One("--fs", Inputs.Filesystems(named.Length == 0 ? ["ext4"] : named), Inputs.Name);
        Inputs.Demand(file, version, fs);
        using OutputFile? page = parsed.GetValue(html) is { } path ? new OutputFile(path) : null;
        using OutputFile? kept = parsed.GetValue(save) is { } keep ? new OutputFile(keep) : null;
        using OutputFile? graph = parsed.GetValue(dot) is { } draw ? new OutputFile(draw) : null;
        var pages = new Pages(SharedOptions.Workers(parsed.GetValue(jobs)), cancellation);
        CheckResult result = pages.Check(file, version, fs, Options(parsed, cancellation));
        Finding? finding = Choose(result, parsed.GetValue(violation));
        if (finding is not null)
        {
            Save(kept, finding, result);
            Draw(graph, finding, result);
        }

        if (page is not null)
        {
            pages.Write(page, result, finding, pages.Versions([file], version));
            Console.Out.WriteLine($"{parsed.GetValue(html)}: {finding?.Name ?? "nothing to explain"} in {file.Test!.Name} on {version.Name}, {Inputs.Name(fs)}");
            return result.ExitCode;
        }

        if (finding is null)
        {
            Console.Out.WriteLine($"{file.Test!.Name} on {version.Name}, {Inputs.Name(fs)}: nothing to explain.");
            Summary.Write(Console.Out, result);
            return result.ExitCode;
        }

        if ((parsed.GetValue(ftrace) || parsed.GetValue(perfetto)) && finding.Witness is { } witness)
        {
            WriteTrace(result, witness, parsed.GetValue(perfetto));
            return result.ExitCode;
        }

        TextOptions style = Style(parsed);
        Story story = StoryBuilder.Build(result, finding, style.Whole, AnalysisLimits.Default with { Cancellation = cancellation });
        if (parsed.GetValue(json))
        {
            using Stream output = Console.OpenStandardOutput();
            ExplainJson.Write(output, result, finding, story);
        }
        else if (parsed.GetValue(mail))
        {
            WriteMail(new MailInput(
                story, pages.Versions([file], version), file.Path, finding.Witness?.Schedule.ToString() ?? "", ProgramBeside(file.Path)));
        }
        else
        {
            Terminal.Write(Explanation.Lines(story, style));
        }

        return result.ExitCode;
    }

    private static void WriteMail(MailInput input)
    {
        foreach (string line in MailText.Lines(input))
        {
            Console.Out.WriteLine(line);
        }
    }

    private static string ProgramBeside(string path) => Path.ChangeExtension(path, ".c") is var program && File.Exists(program) ? program : "";

    private static void Save(OutputFile? to, Finding finding, CheckResult result)
    {
        if (to is null)
        {
            return;
        }

        Refuse(ScheduleFile.WhyNot(finding) is not null, $"--save-schedule: {ScheduleFile.WhyNot(finding)}");
        to.Writer.Write(ScheduleFile.Of(result, finding).Write());
        to.Finish();
    }

    private static void Draw(OutputFile? to, Finding finding, CheckResult result)
    {
        if (to is null)
        {
            return;
        }

        Refuse(!StateGraphDot.Write(to.Writer, result, finding), $"--dot: the test has more than {StateGraphDot.MaxStates} states, too many to draw");
        to.Finish();
    }

    private CheckOptions Options(ParseResult parsed, CancellationToken cancellation)
    {
        int workers = SharedOptions.Workers(parsed.GetValue(jobs));
        return new CheckOptions(SharedOptions.Limits(0, parsed.GetValue(timeout), cancellation))
        {
            Strategy = strategy.Read(parsed, parsed.GetValue(timeout) > 0, workers, SharedOptions.DefaultMemory),
            SearchWorkers = workers,
        };
    }

    private static void WriteTrace(CheckResult result, Witness witness, bool perfetto)
    {
        if (perfetto)
        {
            using Stream to = Console.OpenStandardOutput();
            Perfetto.Write(to, result.Machine, witness);
            return;
        }

        Ftrace.Write(Console.Out, result.Machine, witness.Schedule);
    }

    private int RunFolder(ParseResult parsed, CancellationToken cancellation)
    {
        string folder = parsed.GetValue(test)!, target = parsed.GetValue(html)
            ?? throw new InputException($"faultline: {folder} is a folder, which explain takes only with --html DIR");
        Refuse(parsed.GetValue(violation) is not null, "--violation is for one test, not for a folder");
        Refuse(File.Exists(target), $"{target} is a file; expected a folder, or a name for a new one");
        string[] kernels = parsed.GetValue(kernel) ?? [];
        KernelVersion? version = kernels.Length == 0 ? null : One("--kernel", Inputs.Kernels(kernels), k => k.Name);
        IReadOnlyList<FilesystemKind> filesystems = Inputs.Filesystems(parsed.GetValue(filesystem) ?? []);
        IReadOnlyList<TestFile> files = Inputs.Load([folder], CompileLimits.Search, forCost: false);
        using var progress = new ProgressLine();
        var pages = new Pages(SharedOptions.Workers(parsed.GetValue(jobs)), cancellation);
        int code = pages.WriteFolder(files, folder, target, version, filesystems, Inputs.PassedOver([folder], files), progress);
        progress.Clear();
        Console.Out.WriteLine($"{Path.Combine(target, "index.html")}: {files.Count} tests");
        return code;
    }

    private static void Refuse(bool wrong, string message)
    {
        if (wrong)
        {
            throw new InputException($"faultline: {message}");
        }
    }

    private TextOptions Style(ParseResult parsed)
    {
        TextOptions style = TextOptions.Screen with { Width = Math.Min(Terminal.Width, WidestText) };
        int columns = parsed.GetValue(width);
        return columns == 0 || columns >= TextOptions.MinWidth
            ? style with { Width = columns == 0 ? style.Width : columns, Whole = parsed.GetValue(whole) }
            : throw new InputException($"faultline: --width takes {TextOptions.MinWidth} or more");
    }

    private static Finding? Choose(CheckResult result, string? name)
    {
        if (name is null)
        {
            return result.Findings.FirstOrDefault(f => f.Witness is not null);
        }

        List<string> names = [.. result.Findings.Select(f => f.Name)];
        return result.Findings.FirstOrDefault(f => f.Name == name)
            ?? throw new InputException(
                $"faultline: no finding '{name}'{NearestName.Hint(name, names)}; found: {(names.Count == 0 ? "nothing" : string.Join(", ", names))}");
    }

    private static T One<T>(string option, IReadOnlyList<T> several, Func<T, string> name) => several.Count == 1
        ? several[0]
        : throw new InputException($"faultline: explain takes one {option}, not {string.Join(", ", several.Select(name))}");
}
