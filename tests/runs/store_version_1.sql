PRAGMA application_id = 1886416756;
PRAGMA user_version = 1;
BEGIN TRANSACTION;
CREATE TABLE commands (
    id INTEGER PRIMARY KEY,
    run_id TEXT NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
    at REAL NOT NULL,
    command TEXT NOT NULL,
    taken_at REAL
);
CREATE TABLE events (
    run_id TEXT NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
    seq INTEGER NOT NULL,
    at REAL NOT NULL,
    event TEXT NOT NULL,
    PRIMARY KEY (run_id, seq)
) WITHOUT ROWID;
INSERT INTO "events" VALUES('plurals-ape-1',1,1.79518411225486135482e+09,'{"kind":"engine_started","pid":4476,"attempt":1,"version":"0.1.0"}');
INSERT INTO "events" VALUES('plurals-ape-1',2,1.79518411225655508036e+09,'{"kind":"search_started","task":"plurals","metric":"exact_match","method":"ape","seed":0,"seed_prompt":"Answer the question.","train":4,"dev":6,"test":4,"task_model":"scripted:plural?delay=0.02","optimizer_model":"scripted:plural?delay=0.02","planned_calls":32}');
INSERT INTO "events" VALUES('plurals-ape-1',3,1.79518411225692272182e+09,'{"kind":"candidate_added","candidate":0,"text":"Answer the question.","operation":"seed","step":0}');
INSERT INTO "events" VALUES('plurals-ape-1',4,1.79518411225777578359e+09,'{"kind":"stage_started","stage":"propose","step":0,"calls":3}');
INSERT INTO "events" VALUES('plurals-ape-1',5,1.79518411227908015253e+09,'{"kind":"candidate_added","candidate":1,"text":"Say the plural form of the noun for the input.","operation":"forward","step":0}');
INSERT INTO "events" VALUES('plurals-ape-1',6,1.79518411227915930744e+09,'{"kind":"candidate_added","candidate":2,"text":"Write the plural form of the noun correctly.","operation":"forward","step":0}');
INSERT INTO "events" VALUES('plurals-ape-1',7,1.79518411229960250848e+09,'{"kind":"candidate_added","candidate":3,"text":"Form more than one of the thing, please.","operation":"forward","step":0}');
INSERT INTO "events" VALUES('plurals-ape-1',8,1.79518411229967260358e+09,'{"kind":"usage_updated","calls":3,"prompt_tokens":144,"completion_tokens":29}');
INSERT INTO "events" VALUES('plurals-ape-1',9,1.79518411229970049859e+09,'{"kind":"stage_finished","stage":"propose","step":0}');
INSERT INTO "events" VALUES('plurals-ape-1',10,1.79518411229974317547e+09,'{"kind":"stage_started","stage":"filter 1","step":0,"calls":12}');
INSERT INTO "events" VALUES('plurals-ape-1',11,1.79518411247925472259e+09,'{"kind":"candidate_scored","candidate":0,"split":"dev","step":0,"score":{"mean":0.6666666666666666,"stderr":0.33333333333333337,"n":3}}');
INSERT INTO "events" VALUES('plurals-ape-1',12,1.7951841125089297294e+09,'{"kind":"usage_updated","calls":11,"prompt_tokens":207,"completion_tokens":35,"in_flight":2}');
INSERT INTO "events" VALUES('plurals-ape-1',13,1795184112.52537,'{"kind":"candidate_scored","candidate":1,"split":"dev","step":0,"score":{"mean":1.0,"stderr":0.0,"n":3}}');
CREATE TABLE predictions (
    run_id TEXT NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
    candidate INTEGER NOT NULL,
    split TEXT NOT NULL,
    example INTEGER NOT NULL,
    response INTEGER NOT NULL REFERENCES responses(id) ON DELETE CASCADE,
    score REAL,
    PRIMARY KEY (run_id, candidate, split, example)
) WITHOUT ROWID;
INSERT INTO "predictions" VALUES('plurals-ape-1',0,'dev',0,4,0.0);
INSERT INTO "predictions" VALUES('plurals-ape-1',0,'dev',1,6,1.0);
INSERT INTO "predictions" VALUES('plurals-ape-1',0,'dev',4,5,1.0);
INSERT INTO "predictions" VALUES('plurals-ape-1',1,'dev',0,7,1.0);
INSERT INTO "predictions" VALUES('plurals-ape-1',1,'dev',1,9,1.0);
INSERT INTO "predictions" VALUES('plurals-ape-1',1,'dev',4,8,1.0);
CREATE TABLE responses (
    id INTEGER PRIMARY KEY,
    run_id TEXT NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
    key BLOB NOT NULL,
    sample INTEGER NOT NULL,
    role TEXT NOT NULL,
    request TEXT,
    text TEXT,
    error TEXT,
    finish_reason TEXT,
    prompt_tokens INTEGER,
    completion_tokens INTEGER,
    seconds REAL,
    attempts INTEGER NOT NULL,
    UNIQUE (run_id, key, sample)
);
INSERT INTO "responses" VALUES(1,'plurals-ape-1',X'6F51C778A88F9FEBEB2F270BF5378E9D',0,'optimizer','I gave a friend an instruction and four inputs. The friend read the instruction and wrote an output for every one of the inputs. Here are the input-output pairs:

Input: dog
Output: dogs

Input: stone
Output: stones

Input: cloud
Output: clouds

Input: baby
Output: babies

The instruction was',' to say the plural form of the noun for the input.',NULL,'stop',48,11,0.0202,1);
INSERT INTO "responses" VALUES(2,'plurals-ape-1',X'DA9139FFEF7ACE1ED806B9B1F7286534',1,'optimizer','I gave a friend an instruction and four inputs. The friend read the instruction and wrote an output for every one of the inputs. Here are the input-output pairs:

Input: stone
Output: stones

Input: dog
Output: dogs

Input: baby
Output: babies

Input: cloud
Output: clouds

The instruction was',' to write the plural form of the noun correctly.',NULL,'stop',48,9,0.0204,1);
INSERT INTO "responses" VALUES(3,'plurals-ape-1',X'DE097AF5D0D9BCD30F703B7FFC53B275',2,'optimizer','I gave a friend an instruction and four inputs. The friend read the instruction and wrote an output for every one of the inputs. Here are the input-output pairs:

Input: cloud
Output: clouds

Input: stone
Output: stones

Input: baby
Output: babies

Input: dog
Output: dogs

The instruction was',' to form more than one of the thing, please.',NULL,'stop',48,9,0.0202,1);
INSERT INTO "responses" VALUES(4,'plurals-ape-1',X'A1C7D181BE1AED8D044317733D4741C2',0,'task',NULL,' box',NULL,'stop',7,1,0.0203,1);
INSERT INTO "responses" VALUES(5,'plurals-ape-1',X'BDAE913444A5FAAEC98F93352EFD23D5',0,'task',NULL,' bottles',NULL,'stop',7,1,0.0205,1);
INSERT INTO "responses" VALUES(6,'plurals-ape-1',X'CB0019D156E55CA003965570F3819E72',0,'task',NULL,' apples',NULL,'stop',7,1,0.0203,1);
INSERT INTO "responses" VALUES(7,'plurals-ape-1',X'33D5BB7317EF9F817C972D629A6132B5',0,'task',NULL,' boxes',NULL,'stop',14,1,0.0203,1);
INSERT INTO "responses" VALUES(8,'plurals-ape-1',X'34EE137BEA8EFD214E41FC1B3958569A',0,'task',NULL,' bottles',NULL,'stop',14,1,0.0214,1);
INSERT INTO "responses" VALUES(9,'plurals-ape-1',X'F2344DD4DED71BD4F182BA4EEB9AA9D2',0,'task',NULL,' apples',NULL,'stop',14,1,0.0214,1);
INSERT INTO "responses" VALUES(10,'plurals-ape-1',X'32CE1E7C7D4C6E762CAF2E7A8215F228',0,'task',NULL,' boxes',NULL,'stop',12,1,0.0235,1);
INSERT INTO "responses" VALUES(11,'plurals-ape-1',X'76571B12DFF1CD343AACCDBC1CEAC164',0,'task',NULL,' bottles',NULL,'stop',12,1,0.0236,1);
INSERT INTO "responses" VALUES(12,'plurals-ape-1',X'B49BD8C0AA367EA48080FAAE0151A9FB',0,'task',NULL,' apples',NULL,'stop',12,1,0.0202,1);
INSERT INTO "responses" VALUES(13,'plurals-ape-1',X'3AAC87362675176FC47BCF09974E04BB',0,'task',NULL,' boxes',NULL,'stop',12,1,0.0204,1);
CREATE TABLE runs (
    id TEXT PRIMARY KEY,
    created_at REAL NOT NULL,
    config TEXT NOT NULL,
    task TEXT NOT NULL,
    calls_sent INTEGER NOT NULL DEFAULT 0
);
INSERT INTO "runs" VALUES('plurals-ape-1',1.79518411191955256462e+09,'{"task":{"source":"plurals.csv","train":4,"dev":6,"test":4},"method":{"name":"ape","proposals":3,"demonstrations":5,"subset":3,"keep":0.5,"finalists":2,"resample_rounds":0,"resample_parents":4,"variations":4,"forward":"paper","max_words":100},"task_model":{"spec":"scripted:plural?delay=0.02","concurrency":2}}','{"name":"plurals","source":"plurals.csv","metric":"exact_match","seed_prompt":"Answer the question.","template":{"layout":"Instruction: {instruction}\n\n{demonstrations}Input: {input}\nOutput:","demonstration":"Input: {input}\nOutput: {output}\n\n"},"train":[{"input":"stone","references":["stones"]},{"input":"cloud","references":["clouds"]},{"input":"dog","references":["dogs"]},{"input":"baby","references":["babies"]}],"dev":[{"input":"box","references":["boxes"]},{"input":"apple","references":["apples"]},{"input":"church","references":["churches"]},{"input":"road","references":["roads"]},{"input":"bottle","references":["bottles"]},{"input":"glass","references":["glasses"]}],"test":[{"input":"street","references":["streets"]},{"input":"fork","references":["forks"]},{"input":"lemon","references":["lemons"]},{"input":"grape","references":["grapes"]}],"demonstrations":[],"removed":{"train":0,"dev":0,"test":0}}',13);
CREATE INDEX predictions_response ON predictions(response);
CREATE INDEX commands_open ON commands(run_id) WHERE taken_at IS NULL;
COMMIT;
