using Faultline.Engine.Search;
using Faultline.Explain.Stories;
using Faultline.Explain.Text;
using Faultline.Kernel.Fs;
using Faultline.Kernel.Versions;
using Faultline.Litmus.Checking;
using Faultline.Litmus.Compile;
using Faultline.Litmus.Expectations;
using Faultline.Litmus.Syntax;

namespace Faultline.Explain.Tests;

/// <summary>The checks that these tests tell of.</summary>
internal static class Checks
{
    public const string CowRace = """
        DAX generic-437
        "A private store races a private load"
        {
          file f = [block 7];
          map A = mmap(f, private, rw);
        }
         P0       | P1        ;
         A[0] = 1 | r0 = A[0] ;
        exists (warn(insert_pfn) /\ 1:r0=1)
        """;

    public const string HoleRace = """
        DAX generic-344
        {
          file f = [hole];
          map A = mmap(f, shared, rw);
        }
         P0        | P1             ;
         r0 = A[0] | write(f[0], 2) ;
         A[0] = 1  |                ;
        exists (0:r0=1)
        """;

    public const string CowLoop = """
        DAX cow-loop
        {
          file f = [block 7];
          map A = mmap(f, private, rw);
        }
         P0                   | P1                   ;
         repeat 2 {           | repeat 2 {           ;
         r0 = A[0]            | r0 = A[0]            ;
         A[0] = r0            | A[0] = r0            ;
         madvise(A, DONTNEED) | madvise(A, DONTNEED) ;
         }                    | }                    ;
        exists (0:r0=0)
        """;

    public const string FourThreads = """
        DAX four
        {
          file f = [hole, block 3];
          map A = mmap(f, shared, rw);
        }
         P0       | P1        | P2             | P3        ;
         A[0] = 1 | r0 = A[0] | write(f[1], 2) | r1 = A[1] ;
        exists (1:r0=1 /\ 3:r1=2)
        """;

    public static CheckResult Run(
        string litmus,
        string kernel,
        FilesystemKind filesystem = FilesystemKind.Ext4,
        Mutation mutation = Mutation.None,
        CheckOptions? options = null,
        Expectation? expected = null)
    {
        ParseResult parsed = LitmusParser.Parse("test.litmus", litmus);
        Assert.True(parsed.IsSuccess, string.Join('\n', parsed.Diagnostics));
        CompileResult compiled = Compiler.Compile(parsed.Test, CompileLimits.Search);
        Assert.True(compiled.IsSuccess);
        KernelVersion version = KernelVersions.Find(kernel)! with { Mutation = mutation };
        return Checker.Check(parsed.Test, compiled.Program, version, filesystem, expected, options ?? CheckOptions.Default);
    }

    public static CheckResult Stopped(string litmus, string kernel, long maxStates) =>
        Run(litmus, kernel, options: new CheckOptions(new SearchLimits(MaxStates: maxStates)));

    public static Finding Finding(this CheckResult result, string name) => result.Findings.Single(f => f.Name == name);

    public static StoryRun Tell(this CheckResult result, string name, bool whole = false) =>
        StoryBuilder.Build(result, result.Finding(name), whole).Run!;

    public static string Explain(this CheckResult result, string name, TextOptions? options = null)
    {
        using var writer = new StringWriter();
        Explanation.Write(writer, result, result.Finding(name), options ?? TextOptions.Screen);
        return writer.ToString();
    }

    public static string Summarise(this CheckResult result)
    {
        using var writer = new StringWriter();
        Summary.Write(writer, result);
        return writer.ToString();
    }
}
