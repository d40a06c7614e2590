using System.CommandLine;
using Faultline.Engine.Search;
using Faultline.Explain.Stories;
using Faultline.Explain.Text;
using Faultline.Kernel.Fs;
using Faultline.Kernel.Versions;
using Faultline.Litmus;
using Faultline.Litmus.Analysis;
using Faultline.Litmus.Checking;
using Faultline.Litmus.Compile;

namespace Faultline.Cli.Commands;

/// <summary><c>faultline explain</c>: one witness told step by step.</summary>
internal sealed class ExplainCommand
{
    private const int WidestText = 110;

    private readonly Argument<string> test = new("TEST") { Description = "A .litmus file." };
    private readonly Option<string[]> kernel = SharedOptions.Kernel();
    private readonly Option<string[]> filesystem = SharedOptions.Filesystem();
    private readonly Option<string> violation = new("--violation")
    {
        Description = "Which finding: its name as 'check' prints it, or 'condition'. Default: the first.",
        HelpName = "NAME",
    };

    private readonly Option<int> width = new("--width") { Description = "Columns of text. Default: those of the terminal, at most 110; 80 when piped.", HelpName = "N" };
    private readonly Option<bool> mail = new("--mail") { Description = "75 columns, for a mail." };
    private readonly Option<bool> whole = new("--whole") { Description = "Tell every step, also of instructions that nobody interrupted." };

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var it = new ExplainCommand();
        var command = new Command("explain", "Tell the shortest witness: a column for each CPU, what changed, call stacks at the failing step.")
        {
            it.test, it.kernel, it.filesystem, it.violation, it.width, it.mail, it.whole,
        };
        command.SetAction((parsed, cancellation) => Task.FromResult(it.Run(parsed, cancellation)));
        return command;
    }

    private int Run(ParseResult parsed, CancellationToken cancellation)
    {
        TestFile file = Inputs.Load([parsed.GetValue(test)!], CompileLimits.Search, forCost: false).Single();
        KernelVersion version = One("--kernel", Inputs.Kernels(parsed.GetValue(kernel) ?? []), k => k.Name);
        string[] named = parsed.GetValue(filesystem) ?? [];
        FilesystemKind fs = One("--fs", Inputs.Filesystems(named.Length == 0 ? ["ext4"] : named), Inputs.Name);
        Inputs.Demand(file, version, fs);
        CheckResult result = Checker.Check(
            file.Test!, file.Program!, version, fs, file.Expected?.Find(version.Name, Inputs.Name(fs)),
            new CheckOptions(new SearchLimits(Cancellation: cancellation)));
        Finding? finding = Choose(result, parsed.GetValue(violation));
        if (finding is null)
        {
            Console.Out.WriteLine($"{file.Test!.Name} on {version.Name}, {Inputs.Name(fs)}: nothing to explain.");
            Summary.Write(Console.Out, result);
            return result.ExitCode;
        }

        TextOptions style = Style(parsed);
        Terminal.Write(Explanation.Lines(StoryBuilder.Build(result, finding, style.Whole, style.Analysis), style));
        return result.ExitCode;
    }

    private TextOptions Style(ParseResult parsed)
    {
        TextOptions style = parsed.GetValue(mail) ? TextOptions.Mail
            : new TextOptions(Math.Min(Terminal.Width, WidestText), Analysis: AnalysisLimits.Default);
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
