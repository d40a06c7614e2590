using System.Text.Json;
using Faultline.Engine.Witnesses;
using Faultline.Kernel;

namespace Faultline.Explain.Traces;

/// <summary>
/// Writes a witness in the Trace Event Format (JSON), which Perfetto (ui.perfetto.dev) and chrome://tracing open: a track for each CPU with its
/// functions as nested slices, a track for each lock and holder, and a mark at each context switch. Time is the schedule: within step n,
/// things happen between n and n+1 milliseconds.
/// </summary>
public sealed class Perfetto
{
    private const int Cpus = 1;
    private const int Locks = 2;
    private const int MicrosecondsPerStep = 1000;

    private readonly Utf8JsonWriter json;
    private readonly Machine machine;
    private readonly Witness witness;
    private readonly Stack<string>[] open;
    private readonly Dictionary<(string Lock, int Thread), int> lockTracks = [];
    private readonly HashSet<int> heldTracks = [];

    private Perfetto(Utf8JsonWriter json, Machine machine, Witness witness)
    {
        this.json = json;
        this.machine = machine;
        this.witness = witness;
        open = [.. machine.Program.Threads.Select(_ => new Stack<string>())];
    }

    /// <summary>Writes it.</summary>
    /// <param name="to">Where.</param>
    /// <param name="machine">The machine it was found in.</param>
    /// <param name="witness">The witness.</param>
    public static void Write(Stream to, Machine machine, Witness witness)
    {
        using var json = new Utf8JsonWriter(to, new JsonWriterOptions { Indented = true });
        new Perfetto(json, machine, witness).Write();
    }

    private void Write()
    {
        json.WriteStartObject();
        json.WriteString("displayTimeUnit", "ms");
        json.WriteStartObject("otherData");
        json.WriteString("test", machine.Program.Name);
        json.WriteString("kernel", machine.Version.Name);
        json.WriteEndObject();
        json.WriteStartArray("traceEvents");
        Name("process_name", Cpus, 0, "CPUs");
        Name("process_name", Locks, 0, "Locks held");
        for (int thread = 0; thread < open.Length; thread++)
        {
            Name("thread_name", Cpus, thread + 1, $"CPU {thread}: {machine.Program.Threads[thread].Name}");
        }

        int last = -1;
        foreach (WitnessStep step in witness.Steps)
        {
            Write(step, last);
            last = step.Move.Thread;
        }

        Close((witness.Steps.Count + 1) * MicrosecondsPerStep);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private void Write(WitnessStep step, int last)
    {
        int thread = step.Move.Thread, at = step.Number * MicrosecondsPerStep;
        if (last >= 0 && last != thread)
        {
            string how = step.Preemption ? "preemption" : "context switch";
            Event("i", $"{how}: {machine.Program.Threads[last].Name} to {machine.Program.Threads[thread].Name}", Cpus, thread + 1, at, scope: "p");
        }

        foreach (string function in step.Stack.Skip(open[thread].Count))
        {
            Begin(thread, function, at); // called before the schedule's first step of this thread
        }

        int room = Math.Max(1, (MicrosecondsPerStep - 2) / Math.Max(1, step.Events.Count));
        foreach (StepEvent e in step.Events)
        {
            at += Math.Min(room, 10);
            Write(thread, step, e, at);
        }
    }

    private void Write(int thread, WitnessStep step, StepEvent e, int at)
    {
        switch (e.Kind)
        {
            case EventKind.Call:
                Begin(thread, e.Text, at);
                break;
            case EventKind.Return when open[thread].TryPop(out string? function):
                Event("E", function, Cpus, thread + 1, at);
                break;
            case EventKind.Acquire:
                Take(thread, e.Text, at);
                break;
            case EventKind.Release:
                Drop(thread, e.Text, at);
                break;
            case EventKind.Write:
                Event("i", $"{e.Text}: {e.Before} -> {e.After}", Cpus, thread + 1, at, scope: "t", step: step.Number);
                break;
            case EventKind.Note or EventKind.Violation:
                Event("i", e.Text, Cpus, thread + 1, at, scope: e.Kind == EventKind.Violation ? "g" : "t", step: step.Number);
                break;
        }
    }

    private void Begin(int thread, string function, int at)
    {
        open[thread].Push(function);
        Event("B", function, Cpus, thread + 1, at);
    }

    private void Take(int thread, string name, int at)
    {
        string plain = Plain(name);
        if (!lockTracks.TryGetValue((plain, thread), out int track))
        {
            lockTracks[(plain, thread)] = track = lockTracks.Count + 1;
            Name("thread_name", Locks, track, $"{plain} by {machine.Program.Threads[thread].Name}");
        }

        if (heldTracks.Add(track))
        {
            Event("B", name, Locks, track, at);
        }
    }

    private void Drop(int thread, string name, int at)
    {
        if (lockTracks.TryGetValue((Plain(name), thread), out int track) && heldTracks.Remove(track))
        {
            Event("E", Plain(name), Locks, track, at);
        }
    }

    private void Close(int at)
    {
        for (int thread = 0; thread < open.Length; thread++)
        {
            while (open[thread].TryPop(out string? function))
            {
                Event("E", function, Cpus, thread + 1, at);
            }
        }

        foreach (KeyValuePair<(string Lock, int Thread), int> track in lockTracks.Where(t => heldTracks.Contains(t.Value)))
        {
            Event("E", track.Key.Lock, Locks, track.Value, at);
        }
    }

    private static string Plain(string lockName) => lockName.StartsWith("read ", StringComparison.Ordinal) ? lockName[5..] : lockName;

    private void Name(string kind, int process, int track, string name)
    {
        json.WriteStartObject();
        json.WriteString("ph", "M");
        json.WriteString("name", kind);
        json.WriteNumber("pid", process);
        json.WriteNumber("tid", track);
        json.WriteStartObject("args");
        json.WriteString("name", name);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private void Event(string phase, string name, int process, int track, int at, string? scope = null, int step = 0)
    {
        json.WriteStartObject();
        json.WriteString("ph", phase);
        json.WriteString("name", name);
        json.WriteString("cat", process == Locks ? "lock" : phase == "i" ? "event" : "function");
        json.WriteNumber("pid", process);
        json.WriteNumber("tid", track);
        json.WriteNumber("ts", at);
        if (scope is not null)
        {
            json.WriteString("s", scope);
        }

        if (step > 0)
        {
            json.WriteStartObject("args");
            json.WriteNumber("step", step);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }
}
