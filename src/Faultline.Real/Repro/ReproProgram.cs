using System.Globalization;
using System.Text;
using Faultline.Litmus.Conditions;
using Faultline.Litmus.Syntax;
using Faultline.Real.Histograms;

namespace Faultline.Real.Repro;

/// <summary>
/// Writes a test as one C file that needs nothing but libc and pthreads. It lays out the files, runs the threads against each other for some
/// seconds, and prints litmus7's histogram of what user space sees at the end of each round.
/// </summary>
public sealed class ReproProgram
{
    private static readonly string[] LayOutHelpers = ["resize", "allocate", "fill"];

    private readonly LitmusTest test;
    private readonly ReproOptions options;
    private readonly ObservedSet observed;
    private readonly Operations operations;
    private readonly SeenNames names;
    private readonly TestText text;
    private readonly bool hosts;
    private readonly bool forks;
    private readonly StringBuilder output = new();

    private ReproProgram(LitmusTest test, ReproOptions options)
    {
        this.test = test;
        this.options = options;
        var geometry = new Geometry(test);
        observed = ObservedSet.Of(test, options.Watch);
        operations = new Operations(test, geometry);
        names = new SeenNames(observed);
        text = new TestText(test, geometry, operations, names);
        hosts = test.Processes.Count > 0;
        forks = operations.Fragments.Contains("fork");
    }

    /// <summary>The program's text.</summary>
    /// <param name="test">The test.</param>
    /// <param name="options">How.</param>
    public static string Write(LitmusTest test, ReproOptions options)
    {
        ArgumentNullException.ThrowIfNull(test);
        ArgumentNullException.ThrowIfNull(options);
        return new ReproProgram(test, options).Write();
    }

    /// <summary>The name of the test as that of a file and of a program.</summary>
    public static string NameOf(LitmusTest test)
    {
        ArgumentNullException.ThrowIfNull(test);
        return string.Concat(test.Name.Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '+' ? c : '_')).TrimStart('-', '.');
    }

    private string Write()
    {
        output.Append(HeaderText.Of(test, options, observed));
        output.Append(HeaderText.Includes(test, operations));
        output.Append(Constants());
        Banner("What the threads share, and how they start together");
        Add("cannot");
        Add("shared", ("HOST_SEMAPHORES", hosts ? ", turn[PROCESSES], turn_over" : ""));
        Add("dice");
        if (test.Statements.Any(s => operations.Code(s) is not null))
        {
            Add("delay");
        }

        Add("pin", "wait", "finish");
        output.Append(text.Threads()).Append('\n');
        Banner("Loads, stores and system calls");
        Add("touch", ("POISON_SIGNAL", test.Statements.Any(s => s is HwPoisonStatement) ? Fragments.Get("poison_signal").TrimEnd('\n') : ""));
        AddOperations();
        Banner("The test");
        AddLayout();
        output.Append(text.Bodies());
        Banner("What is seen at the end of a round");
        AddLook();
        Add("histogram", Answer());
        Add("failures");
        Banner("Rounds");
        Add("thread", "round_start");
        if (hosts)
        {
            Add("host", ("REAP", forks ? "reap();" : ""));
        }

        Add("round", RoundMarks());
        Add("describe");
        Add("main", MainMarks());
        return output.ToString().TrimEnd('\n') + "\n";
    }

    private string Constants()
    {
        int started = test.Threads.Count - text.Forked.Count;
        return $"""
            #define NAME {CText.Literal(NameOf(test))}
            #define CONDITION {CText.Literal(test.Condition.Print())}
            #define PAGE 4096L
            #define HALF (PAGE / 2)                        // word 0 of a page lies at its start, word 1 here: in another cache line and sector
            #define SECTOR 512L
            #define HUGE_PAGE (512 * PAGE)
            {text.PageStart()}
            #define SECONDS {options.Seconds.ToString(CultureInfo.InvariantCulture)}
            enum {"{"} THREADS = {test.Threads.Count}, STARTED = {started}, COPIES = {text.Copies}, HANG_SECONDS = {options.HangSeconds}, STATES = 1024 {"}"};
            {(hosts ? $"enum {{ PROCESSES = {test.Processes.Count + 1} }};\n" : "")}
            {names.Enumeration()}

            """;
    }

    private void AddOperations()
    {
        bool loads = observed.Values.Any(v => v is MapWord);
        List<string> needed = [.. operations.Fragments];
        if (loads && !needed.Contains("load"))
        {
            needed.Insert(0, "load");
        }

        foreach (string name in needed)
        {
            if (name == "read_direct")
            {
                Add("create");
                Add("source", ("VALUES", string.Join(", ", operations.DirectValues)));
            }

            Add(name, ("LONGEST", operations.LongestWrite.ToString(CultureInfo.InvariantCulture)));
        }

        if (!needed.Contains("read_direct"))
        {
            Add("create");
        }
    }

    private void AddLayout()
    {
        output.Append(text.Declarations());
        string layout = text.LayOut();
        if (test.Maps.Count > 0)
        {
            Add("room", ("SYNC_HINT", test.Maps.Any(m => m.IsSync) ? " (MAP_SYNC wants DAX)" : ""));
        }

        foreach (string helper in LayOutHelpers.Where(h => layout.Contains($" {h}(", StringComparison.Ordinal)))
        {
            Add(helper);
        }

        output.Append(layout).Append(text.MapFunctions());
    }

    private void AddLook()
    {
        foreach ((string helper, bool needed) in new[]
        {
            ("peek", observed.Values.Any(v => v is MapWord)),
            ("peek_file", observed.Values.Any(v => v is FileWord)),
            ("peek_size", observed.Values.Any(v => v is FileSize)),
        })
        {
            if (needed)
            {
                Add(helper);
            }
        }

        output.Append(text.LookFunctions());
        output.Append(names.Table()).Append('\n');
    }

    private (string, string)[] Answer()
    {
        (string kind, string answer, string witnesses, string bad) = test.Condition.Quantifier switch
        {
            Quantifier.Exists => ("Allowed", "positive > 0 ? 1 : all > 0 && negative == all ? 0 : -1", "positive, negative", "positive > 0"),
            Quantifier.NotExists => ("Forbidden", "positive > 0 ? 0 : all > 0 && negative == all ? 1 : -1", "negative, positive", "positive > 0"),
            _ => ("Required", "negative > 0 ? 0 : all > 0 && positive == all ? 1 : -1", "positive, negative", "negative > 0"),
        };
        output.Append(text.Condition(observed));
        return
        [
            ("KIND", kind), ("ANSWER", $"int answer = {answer};"), ("WITNESSES", witnesses), ("BAD", bad), ("HASH", observed.Hash),
        ];
    }

    private (string, string)[] RoundMarks()
    {
        string turns = string.Concat(test.Processes.Select((_, i) => $"\n    give_turn({i + 1});"));
        return
        [
            ("MAP", $"for_all_copies(map_main);{turns}"),
            ("LOOK", $"for_all_copies(look_main);{turns}"),
            ("SIGNALS", names.SignalCopies()),
            ("UNMAP", forks ? "reap();\n    for_all_copies(unmap_main);" : "for_all_copies(unmap_main);"),
        ];
    }

    private (string, string)[] MainMarks()
    {
        bool direct = operations.DirectValues.Count > 0, poisons = test.Statements.Any(s => s is HwPoisonStatement);
        List<string> start = [.. test.Processes.Select((p, i) => $"host({i + 1}, map_{p.Name}, look_{p.Name}, unmap_{p.Name});"), "start_threads(0);"];
        List<string> setUp = [.. hosts ? ["for (int process = 0; process < PROCESSES; process++)\n        sem_init(&shared->turn[process], 1, 0);", "sem_init(&shared->turn_over, 1, 0);"] : Array.Empty<string>()];
        setUp.AddRange(text.SetUp(direct));
        return
        [
            ("ARGUMENTS", direct || poisons ? "4" : "3"),
            ("USAGE", direct ? " [DIR_OF_SOURCE]" : poisons ? " poison" : ""),
            ("POISON", poisons ? "if (argc != 4 || strcmp(argv[3], \"poison\") != 0) {\n        fprintf(stderr, \"%s: it poisons memory for good; in a virtual machine, as root: %s DIR SECONDS poison\\n\", NAME, argv[0]);\n        return 2;\n    }" : ""),
            ("FILES", string.Join("\n    ", text.CreateFiles())),
            ("SET_UP", string.Join("\n    ", setUp)),
            ("FIRST_FILE", $"file_{test.Files[0].Name}[0]"),
            ("START", string.Join("\n    ", start)),
            ("MOST", poisons ? " && shared->round < 8" : ""),
            ("STOP", string.Concat(test.Processes.Select((_, i) => $"sem_post(&shared->turn[{i + 1}]);\n    ")).TrimEnd()),
        ];
    }

    private void Banner(string title) => output.Append($"// ---- {title} ----\n\n");

    private void Add(params string[] fragments)
    {
        foreach (string fragment in fragments)
        {
            Add(fragment, []);
        }
    }

    private void Add(string fragment, params (string, string)[] marks) => output.Append(Fragments.Get(fragment, marks)).Append('\n');
}
