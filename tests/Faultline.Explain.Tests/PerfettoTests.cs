using System.Text.Json;
using Faultline.Explain.Traces;
using Faultline.Litmus.Checking;

namespace Faultline.Explain.Tests;

/// <summary>The Perfetto trace of a witness holds to the Trace Event Format.</summary>
public sealed class PerfettoTests
{
    private static readonly JsonElement[] Events = Trace();

    [Fact]
    public void Each_event_has_what_its_phase_needs() => Assert.All(Events, e =>
    {
        string phase = e.GetProperty("ph").GetString()!;
        Assert.True(phase is "M" or "B" or "E" or "i");
        Assert.NotEmpty(e.GetProperty("name").GetString()!);
        Assert.True(e.GetProperty("pid").GetInt32() > 0);
        Assert.Equal(phase != "M", e.TryGetProperty("ts", out JsonElement ts) && ts.GetInt64() > 0);
        Assert.Equal(phase == "i", e.TryGetProperty("s", out JsonElement scope) && scope.GetString() is "p" or "t" or "g");
    });

    [Fact]
    public void Slices_of_a_track_nest_and_end()
    {
        foreach (var track in Events.Where(e => e.GetProperty("ph").GetString() is "B" or "E").GroupBy(e => (e.GetProperty("pid").GetInt32(), e.GetProperty("tid").GetInt32())))
        {
            var open = new Stack<string>();
            long last = 0;
            foreach (JsonElement e in track)
            {
                Assert.True(e.GetProperty("ts").GetInt64() >= last);
                last = e.GetProperty("ts").GetInt64();
                string name = e.GetProperty("name").GetString()!;
                if (e.GetProperty("ph").GetString() == "B")
                {
                    open.Push(name);
                }
                else
                {
                    Assert.EndsWith(name, open.Pop(), StringComparison.Ordinal);
                }
            }

            Assert.Empty(open);
        }
    }

    [Fact]
    public void It_has_a_track_for_each_cpu_and_lock_and_marks_switches()
    {
        Assert.Equal(2, Events.Count(e => Has(e, "M", "CPU ")));
        Assert.Contains(Events, e => Has(e, "M", "entry_lock f[0] by P"));
        Assert.Contains(Events, e => e.GetProperty("name").GetString()!.StartsWith("context switch", StringComparison.Ordinal) || e.GetProperty("name").GetString()!.StartsWith("preemption", StringComparison.Ordinal));
        Assert.Contains(Events, e => e.GetProperty("ph").GetString() == "B" && e.GetProperty("name").GetString() == "insert_pfn");
    }

    private static bool Has(JsonElement e, string phase, string name) => e.GetProperty("ph").GetString() == phase
        && e.GetProperty("args").GetProperty("name").GetString()!.StartsWith(name, StringComparison.Ordinal);

    private static JsonElement[] Trace()
    {
        CheckResult result = Checks.Run(Checks.CowLoop, "v4.12+pfn-warn");
        using var bytes = new MemoryStream();
        Perfetto.Write(bytes, result.Machine, result.Finding("warn(insert_pfn)").Witness!);
        return [.. JsonDocument.Parse(bytes.ToArray()).RootElement.GetProperty("traceEvents").EnumerateArray()];
    }
}
